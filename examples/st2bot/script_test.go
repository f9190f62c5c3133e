package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"st2bot": main})
}

// TestScripts runs st2bot as a user would, from the outside.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script"})
}

// TestSampleHasEveryKey keeps the sample complete: what a configuration can hold is in it,
// with its default or behind a "#".
func TestSampleHasEveryKey(t *testing.T) {
	for _, key := range configKeys(t) {
		require.Regexp(t, `[ #{\n]`+regexp.QuoteMeta(key)+`:`, sample)
	}
}

// configKeys returns the keys that the sources of this program and of the host know.
func configKeys(t *testing.T) []string {
	t.Helper()
	tag := regexp.MustCompile("`yaml:\"([a-z0-9_]+)")
	var keys []string
	for _, file := range []string{"config.go", "../../bot/config.go", "../../st2/config.go", "../../st2/identityconfig.go", "../../st2/storeconfig.go"} {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range tag.FindAllStringSubmatch(string(source), -1) {
			keys = append(keys, m[1])
		}
	}
	require.Greater(t, len(keys), 40)
	return keys
}

// TestREADME runs what the README shows, and demands that the bot says what stands there.
func TestREADME(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```console\n(.*?)```").FindAllStringSubmatch(string(readme), -1)
	execution := regexp.MustCompile(`execution [0-9a-f]{24}`)
	tried := 0
	for _, b := range blocks {
		input, want := transcript(b[1])
		if input == "" {
			continue
		}
		tried++
		var out strings.Builder
		code := run(t.Context(), nil, streams{strings.NewReader(input), &out, &out})
		require.Zero(t, code)
		// At a terminal people wait for a result. Here it comes when somebody else asks already.
		said := execution.ReplaceAllString(out.String(), "execution 65f1c0de65f1c0de65f1c0de")
		said = strings.ReplaceAll(said, "[@admin] ", "")
		require.ElementsMatch(t, want, strings.Split(strings.TrimSuffix(said, "\n"), "\n"))
	}
	require.Equal(t, 2, tried)
}

// transcript takes a session apart into what was typed and what was answered.
func transcript(block string) (input string, want []string) {
	prompt := regexp.MustCompile(`^\[.*\] >>> (.*)$`)
	piped := regexp.MustCompile(`^\$ echo '(.*)' \| go run \./examples/st2bot$`)
	for line := range strings.Lines(block) {
		line = strings.TrimSuffix(line, "\n")
		if m := prompt.FindStringSubmatch(line); m != nil {
			input += m[1] + "\n"
		} else if m := piped.FindStringSubmatch(line); m != nil {
			input += m[1] + "\n"
		} else if !strings.HasPrefix(line, "$ ") {
			want = append(want, line)
		}
	}
	return input, want
}
