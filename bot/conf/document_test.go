package conf_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-errbot/errbot/bot/conf"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

func parse(t *testing.T, text string) *conf.Document {
	t.Helper()
	doc, err := conf.Parse("bot.yaml", []byte(text), environment)
	require.NoError(t, err)
	return doc
}

// environment is what tests see in place of the process's.
func environment(name string) (string, bool) {
	value, set := map[string]string{
		"PORT": "8080", "DEBUG": "true", "RATE": "0.5", "TOKEN": "s3cret", "EMPTY": "",
		"NULL": "null", "DATE": "2026-11-23", "NESTED": "${TOKEN}", "LINES": "a: 1\nb: [",
	}[name]
	return value, set
}

func TestParseWithoutContentIsAnEmptyMapping(t *testing.T) {
	for _, text := range []string{"", "# only a comment\n", "---\n", "null\n", "{}"} {
		doc := parse(t, text)
		require.Equal(t, yaml.MappingNode, doc.Node().Kind, "%q", text)
		require.Empty(t, doc.Node().Content, "%q", text)
	}
}

func TestParseRefusesWhatItCannotRead(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'i'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.Repeat(fmt.Sprintf("*%c,", c-1), 10))
	}
	for name, c := range map[string]struct{ text, want string }{
		"two documents":    {"a: 1\n---\nb: 2\n", "bot.yaml: line 2, column 1: expected one document, not several"},
		"second is faulty": {"a: 1\n---\nb: [\n", "bot.yaml: line 3: did not find expected node content"},
		"a list":           {"- a\n", "bot.yaml: line 1, column 1: expected a mapping of keys to values, not a list"},
		"text":             {"hello\n", "bot.yaml: line 1, column 1: expected a mapping of keys to values, not text"},
		"syntax":           {"a: 1\nb: [\n", "bot.yaml: line 2: did not find expected node content"},
		"unknown anchor":   {"password: *hunter2\n", "bot.yaml: an unquoted value begins with * but no anchor (&) has its name; quote it if the * belongs to it"},
		"endless anchor":   {"a: &a\n  b: [*a]\n", "bot.yaml: line 1, column 4: the anchor contains itself"},
		"endless merge":    {"a: &a\n  <<: *a\n", "bot.yaml: line 1, column 4: the anchor contains itself"},
		"alias bomb":       {bomb, "bot.yaml: line 6, column 4: more than 1048576 values once aliases are followed"},
		"too deep":         {"a: " + strings.Repeat("[", 101) + strings.Repeat("]", 101), "bot.yaml: line 1, column 104: nested deeper than 100 levels"},
		"too large":        {"a: " + strings.Repeat("x", 1<<20), "bot.yaml: larger than 1048576 bytes"},
		"not text at all":  {"\x00\x01", "bot.yaml: control characters are not allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			doc, err := conf.Parse("bot.yaml", []byte(c.text), environment)
			require.EqualError(t, err, c.want)
			require.Nil(t, doc)
			var typed *conf.Error
			require.ErrorAs(t, err, &typed)
			require.Equal(t, "bot.yaml", typed.Name)
		})
	}
}

func TestDeepThroughAliases(t *testing.T) {
	text := "a: &a " + strings.Repeat("[", 60) + strings.Repeat("]", 60) + "\n" +
		"b: " + strings.Repeat("[", 60) + "*a" + strings.Repeat("]", 60) + "\n"
	_, err := conf.Parse("bot.yaml", []byte(text), nil)
	require.ErrorContains(t, err, "nested deeper than 100 levels")
}

func TestParseReportsEveryFaultAndStillReturnsTheDocument(t *testing.T) {
	doc, err := conf.Parse("bot.yaml", []byte(`
port: ${NOPE}
web:
  host: first
  host: second
  name: ${1X}
? [a, b]
: c
base: &base
  <<: text
again:
  <<: *base
`), environment)
	require.EqualError(t, err, strings.Join([]string{
		`bot.yaml: line 2, column 7: port: the environment variable NOPE is not set`,
		`bot.yaml: line 5, column 3: duplicate key "host", first given in line 4`,
		`bot.yaml: line 6, column 9: web.name: ${ does not begin a variable like ${NAME}; write $${ for a literal ${`,
		`bot.yaml: line 7, column 3: expected a key that is plain text, not a list`,
		`bot.yaml: line 10, column 7: expected a mapping, or a list of mappings, after <<`,
	}, "\n"))

	// The values that are at fault count as absent: Decode only adds what is new.
	target := struct {
		Port int
		Web  struct{ Host, Name string }
		Base yaml.Node
	}{Port: 1}
	require.EqualError(t, doc.Decode(&target), `bot.yaml: line 11, column 1: unknown key "again"`)
	require.Equal(t, 1, target.Port)
	require.Equal(t, "first", target.Web.Host)
	require.Empty(t, target.Web.Name)
}

func TestEnvironment(t *testing.T) {
	for text, want := range map[string]any{
		`${PORT}`:                  8080,
		`"${PORT}"`:                "8080",
		`'${PORT}'`:                "8080",
		`!!str ${PORT}`:            "8080",
		`${DEBUG}`:                 true,
		`${RATE}`:                  0.5,
		`1${PORT}`:                 18080,
		`http://localhost:${PORT}`: "http://localhost:8080",
		`${TOKEN}-${PORT}`:         "s3cret-8080",
		`${EMPTY}`:                 "",
		`${NULL}`:                  "null",
		`${DATE}`:                  "2026-11-23",
		`${NESTED}`:                "${TOKEN}",
		`${LINES}`:                 "a: 1\nb: [",
		`$${PORT}`:                 "${PORT}",
		`$$${PORT}`:                "$${PORT}",
		`$PORT costs 5$`:           "$PORT costs 5$",
		`"a\n${TOKEN}"`:            "a\ns3cret",
	} {
		t.Run(text, func(t *testing.T) {
			var got struct{ Value any }
			require.NoError(t, parse(t, "value: "+text).Decode(&got))
			require.Equal(t, want, got.Value)
		})
	}
}

func TestEnvironmentThroughAnchorsAndMerges(t *testing.T) {
	doc := parse(t, `
base: &base {port: "${PORT}", token: "${TOKEN}"}
first: *base
second:
  <<: *base
  port: 1
list: [&token "${TOKEN}", *token]
${PORT}: a key stays as it is
`)
	var got map[string]any
	require.NoError(t, doc.Decode(&got))
	require.Equal(t, map[string]any{
		"base":    map[string]any{"port": "8080", "token": "s3cret"},
		"first":   map[string]any{"port": "8080", "token": "s3cret"},
		"second":  map[string]any{"port": 1, "token": "s3cret"},
		"list":    []any{"s3cret", "s3cret"},
		"${PORT}": "a key stays as it is",
	}, got)
}

func TestEnvironmentIsBounded(t *testing.T) {
	huge := func(string) (string, bool) { return strings.Repeat("x", 1<<19), true }
	_, err := conf.Parse("bot.yaml", []byte("a: ${A}\nb: ${A}\nc: ${A}\n"), huge)
	require.EqualError(t, err,
		"bot.yaml: line 3, column 4: c: environment variables make the document larger than 1048576 bytes")
}

func TestWithoutLookupNothingIsReplaced(t *testing.T) {
	doc, err := conf.Parse("chat", []byte("a: ${HOME} $${HOME}"), nil)
	require.NoError(t, err)
	var got struct{ A string }
	require.NoError(t, doc.Decode(&got))
	require.Equal(t, "${HOME} $${HOME}", got.A)
}

func TestSectionKeepsWhereItCameFrom(t *testing.T) {
	doc := parse(t, `
defaults: &defaults
  help: {limit: many}
plugins:
  <<: *defaults
  st2:
  bad: 5
`)
	plugins := doc.Section("plugins")
	require.Equal(t, "bot.yaml", plugins.Name())

	var help struct{ Limit int }
	err := plugins.Section("help").Decode(&help)
	require.EqualError(t, err, "bot.yaml: line 3, column 17: plugins.help.limit: expected a whole number, not text")
	var typed *conf.Error
	require.ErrorAs(t, err, &typed)
	require.Equal(t, conf.Error{
		Name: "bot.yaml", Line: 3, Column: 17, Key: "plugins.help.limit", Message: typed.Message,
	}, *typed)

	require.NoError(t, plugins.Section("st2").Decode(&help), "an empty section is one with defaults")
	require.NoError(t, plugins.Section("absent").Section("deeper").Decode(&help))
	require.EqualError(t, plugins.Section("bad").Decode(&help),
		"bot.yaml: line 7, column 8: plugins.bad: expected a mapping of keys to values, not a whole number")
}

func TestErrorfPointsAtTheKey(t *testing.T) {
	doc := parse(t, "bot:\n  admins: []\n")
	bot := doc.Section("bot")
	require.EqualError(t, bot.Errorf("admins", "expected at least %d", 1),
		"bot.yaml: line 2, column 3: bot.admins: expected at least 1")
	require.EqualError(t, bot.Errorf("identity", "missing"), "bot.yaml: line 2, column 3: bot.identity: missing")
	require.EqualError(t, doc.Errorf("backend", "missing"), "bot.yaml: line 1, column 1: backend: missing")

	var none *conf.Document
	require.EqualError(t, none.Errorf("backend", "missing"), "backend: missing")
}

func TestErrorUnwraps(t *testing.T) {
	cause := errors.New("cause")
	require.ErrorIs(t, &conf.Error{Message: "text", Err: cause}, cause)
	require.EqualError(t, &conf.Error{Message: "text"}, "text")
	require.EqualError(t, &conf.Error{Line: 3, Message: "text"}, "line 3: text")
}

func TestFromNodeKeepsPositions(t *testing.T) {
	var got struct{ Web yaml.Node }
	require.NoError(t, parse(t, "web:\n  prot: 1\n").Decode(&got))
	var web webConfig
	require.EqualError(t, conf.FromNode(&got.Web).Decode(&web), `line 2, column 3: unknown key "prot"; did you mean "port"?`)
	require.NoError(t, conf.FromNode(&yaml.Node{}).Decode(&web), "the zero node is an empty document")
}
