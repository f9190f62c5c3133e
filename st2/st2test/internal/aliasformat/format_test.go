package aliasformat_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/go-errbot/errbot/st2/st2test/internal/aliasformat"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// run stops the clock of the matches when the tests have ended.
type run struct{ *testing.M }

func (r run) Run() int {
	release := aliasformat.Use()
	defer release()
	return r.M.Run()
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(run{m}) }

// vector is one outcome of StackStorm's own parser.
type vector struct {
	Format  string
	Command string
	Params  map[string]any
	Error   string
}

func TestVectors(t *testing.T) {
	text, err := os.ReadFile("testdata/vectors.json")
	require.NoError(t, err)
	var vectors []vector
	require.NoError(t, json.Unmarshal(text, &vectors))
	require.Len(t, vectors, 85)
	for _, v := range vectors {
		t.Run(v.Format+"/"+v.Command, func(t *testing.T) {
			f, err := aliasformat.Compile(v.Format)
			if broken, ok := strings.CutPrefix(v.Error, "error: "); ok {
				require.Error(t, err, broken)
				return
			}
			require.NoError(t, err)
			command := aliasformat.ParseCommand(v.Command)
			params, err := f.Extract(command)
			if want, ok := strings.CutPrefix(v.Error, "ParseException: "); ok {
				var parse *aliasformat.ParseError
				require.ErrorAs(t, err, &parse)
				require.EqualError(t, err, want)
				return
			}
			require.NoError(t, err)
			require.Equal(t, v.Params, pyjson.Plain(params))
		})
	}
}

func TestMatchMultiple(t *testing.T) {
	f, err := aliasformat.Compile(`(?:\b|^)duplicate of (?P<issue_key>[A-Z][A-Z0-9]+-[0-9]+)(?:\b|$)`)
	require.NoError(t, err)
	command := aliasformat.ParseCommand("JKROWLING-4 is a duplicate of JRRTOLKIEN-24 which is a duplicate of DRSEUSS-12 n=9")
	all, err := f.ExtractAll(command)
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.Equal(t, map[string]any{"issue_key": "JRRTOLKIEN-24", "n": "9"}, pyjson.Plain(all[0]))
	require.Equal(t, map[string]any{"issue_key": "DRSEUSS-12", "n": "9"}, pyjson.Plain(all[1]))
}

func TestPythonNotation(t *testing.T) {
	for format, command := range map[string]string{
		`(?P<a>x+)-(?P=a)\s*\Z`: "xx-xx",
		`[(|^$\]] {{a}}`:        "^ v",
		`(?i:RUN) {{a}}`:        "run v",
	} {
		f, err := aliasformat.Compile(format)
		require.NoError(t, err, format)
		c := aliasformat.ParseCommand(command)
		_, err = f.Extract(c)
		require.NoError(t, err, format)
	}
	_, err := aliasformat.Compile("say {{bad-name}}")
	require.ErrorContains(t, err, "bad character in group name 'bad-name'")
}

// TestSlowFormatsEnd: a format whose matching explodes ends with an error, not with a hang.
func TestSlowFormatsEnd(t *testing.T) {
	f, err := aliasformat.Compile(`(a+)+(a+)+(a+)+b{{x}}`)
	require.NoError(t, err)
	c := aliasformat.ParseCommand(strings.Repeat("a", 200))
	_, err = f.Extract(c)
	require.ErrorContains(t, err, "timeout")
}

func FuzzAliasFormat(f *testing.F) {
	f.Add("run {{cmd}} on {{hosts=localhost}}", "run date on h k=v")
	f.Add(`(?:\b|^)dup (?P<k>[A-Z]+)(?:\b|$)`, "dup A dup B")
	f.Add("{{ p2={'a':'b'} }} {{ p3={{ e.i }} }}", `p4='testing' p5={"a":1}`)
	f.Fuzz(func(t *testing.T, source, text string) {
		if len(source) > 200 || len(text) > 200 {
			t.Skip()
		}
		command := aliasformat.ParseCommand(text)
		format, err := aliasformat.Compile(source)
		if err != nil {
			return
		}
		if params, err := format.Extract(command); err == nil {
			require.NotNil(t, params)
		}
		_, _ = format.ExtractAll(command)
	})
}
