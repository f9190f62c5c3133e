package aliasmatch_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/aliasmatch"
)

// The same vectors that package st2test answers with, but for those with pairs in the command,
// which the caller takes off.
func TestVectors(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../st2test/internal/aliasformat/testdata/vectors.json")
	require.NoError(t, err)
	var vectors []struct {
		Format, Command string
		Params          map[string]any
		Error           string
	}
	require.NoError(t, json.Unmarshal(data, &vectors))
	tried := 0
	for _, v := range vectors {
		if strings.Contains(v.Command, "=") || strings.HasPrefix(v.Error, "error: ") {
			continue
		}
		tried++
		require.Equal(t, v.Params != nil, aliasmatch.Matches(v.Format, v.Command), "%q %q", v.Format, v.Command)
	}
	require.Greater(t, tried, 40)
}

func TestCandidates(t *testing.T) {
	t.Parallel()
	aliases := []client.Alias{
		{Ref: "a.one", Enabled: true, Formats: []client.Format{{Display: "go <x>", Representation: []string{"go {{x}}", "go {{y}}"}}}},
		{Ref: "a.two", Enabled: true, Formats: []client.Format{{Representation: []string{"go {{x}}"}}, {Display: "stop", Representation: []string{"stop"}}}},
		{Ref: "a.off", Formats: []client.Format{{Display: "go off", Representation: []string{"go off"}}}},
		{Ref: "a.broken", Enabled: true, Formats: []client.Format{{Display: "broken", Representation: []string{"go ((", `(?=go).*`}}}},
		{Ref: "a.many", Enabled: true, Formats: []client.Format{{Display: "many", Representation: []string{"(?:go|run) .*"}, MatchMultiple: true}}},
	}
	require.Equal(t, []aliasmatch.Candidate{{Alias: "a.one", Display: "go <x>"}, {Alias: "a.two", Display: "go {{x}}"}}, aliasmatch.Candidates(aliases, "go off"))
	require.Equal(t, []aliasmatch.Candidate{{Alias: "a.many", Display: "many"}}, aliasmatch.Candidates(aliases, "run off"))
	require.Empty(t, aliasmatch.Candidates(aliases, "nothing"))
	require.Empty(t, aliasmatch.Candidates(aliases, "go "+strings.Repeat("x", 5000)))
}

func FuzzMatches(f *testing.F) {
	f.Add("run {{cmd}} {{hosts=localhost}}", "run date")
	f.Add(`(?i)^\s*x{{ a = {{ b }} }}\Z`, "X y")
	f.Fuzz(func(t *testing.T, format, command string) {
		if aliasmatch.Matches(format, command) {
			require.LessOrEqual(t, len(format), 1000)
		}
	})
}

func BenchmarkCandidates(b *testing.B) {
	var aliases []client.Alias
	for range 500 {
		aliases = append(aliases, client.Alias{Enabled: true, Formats: []client.Format{{Representation: []string{"deploy {{ app }} {{ version=latest }} to {{ env=prod }}"}}}})
	}
	b.ReportAllocs()
	for b.Loop() {
		aliasmatch.Candidates(aliases, "deploy web 1.2 to stage")
	}
}
