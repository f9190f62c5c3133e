package conf_test

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/go-errbot/errbot/bot/conf"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

type webConfig struct {
	Host string `yaml:"host"`
	Port uint16 `yaml:"port"`
}

type identity struct {
	Username string `yaml:"username"`
}

// level reads itself from YAML and refuses what it does not know.
type level int

func (l *level) UnmarshalYAML(n *yaml.Node) error {
	switch n.Value {
	case "low":
		*l = 1
	case "typed":
		return &conf.Error{Line: 99, Column: 7, Message: "its own position"}
	case "bare":
		return errors.Join(&conf.Error{Message: "no position"}, errors.New("another"))
	case "library":
		var number int
		return n.Decode(&number)
	case "words":
		return errors.New("line 98, column 6: in words")
	default:
		return fmt.Errorf("unknown level")
	}
	return nil
}

type everything struct {
	Prefix   string             `yaml:"bot_prefix"`
	Async    bool               `yaml:"bot_async"`
	Pool     int                `yaml:"bot_async_poolsize"`
	Small    int8               `yaml:"small"`
	Rate     float64            `yaml:"rate"`
	Web      webConfig          `yaml:"web"`
	Backup   *webConfig         `yaml:"backup"`
	Admins   []string           `yaml:"bot_admins"`
	Servers  []webConfig        `yaml:"servers"`
	Named    map[string]int     `yaml:"named"`
	Mirrors  map[string]*int    `yaml:"mirrors"`
	Any      any                `yaml:"any"`
	Log      slog.Level         `yaml:"log"`
	Level    level              `yaml:"level"`
	Wait     conf.Seconds       `yaml:"wait"`
	ACL      yaml.Node          `yaml:"access_controls"`
	ACLToo   *yaml.Node         `yaml:"access_controls_default"`
	Section  *conf.Document     `yaml:"section"`
	Size     *int               `yaml:"size"`
	Ignored  string             `yaml:"-"`
	Default  string             // the key of a field without a tag is its name in lower case
	Nested   [][]int            `yaml:"nested"`
	Span     time.Duration      `yaml:"span"`
	Odd      map[int]string     `yaml:"odd"`
	Stringer fmt.Stringer       `yaml:"stringer"`
	Kinds    map[string]float32 `yaml:"kinds"`
	identity `yaml:",inline"`
}

func TestDecodeFillsEveryKindOfField(t *testing.T) {
	var got everything
	require.NoError(t, parse(t, `
bot_prefix: "!"
bot_async: true
bot_async_poolsize: 0x10
small: -128
rate: 2
web: {host: localhost, port: 65535}
backup: {port: 1}
bot_admins: ["@alice", 42]
servers:
  - host: a
  - port: 2
named: {one: 1, two: 2}
mirrors: {x: 5}
any: {list: [1, two, {three: 3.5}, ~], yes: true}
log: warn
level: low
wait: 15m
access_controls: {"*": {allowusers: ["@a"]}}
access_controls_default: [raw]
section: {inner: 1}
size: 7
default: by name
nested: [[1, 2], [3]]
username: "@bot"
`).Decode(&got))

	require.Equal(t, "!", got.Prefix)
	require.True(t, got.Async)
	require.Equal(t, 16, got.Pool)
	require.Equal(t, int8(-128), got.Small)
	require.Equal(t, 2.0, got.Rate)
	require.Equal(t, webConfig{Host: "localhost", Port: 65535}, got.Web)
	require.Equal(t, &webConfig{Port: 1}, got.Backup)
	require.Equal(t, []string{"@alice", "42"}, got.Admins)
	require.Equal(t, []webConfig{{Host: "a"}, {Port: 2}}, got.Servers)
	require.Equal(t, map[string]int{"one": 1, "two": 2}, got.Named)
	require.Equal(t, 5, *got.Mirrors["x"])
	require.Equal(t, map[string]any{"list": []any{1, "two", map[string]any{"three": 3.5}, nil}, "yes": true}, got.Any)
	require.Equal(t, slog.LevelWarn, got.Log)
	require.Equal(t, level(1), got.Level)
	require.Equal(t, 15*time.Minute, got.Wait.Duration())
	require.Equal(t, yaml.MappingNode, got.ACL.Kind)
	require.Equal(t, "raw", got.ACLToo.Content[0].Value)
	require.Equal(t, 7, *got.Size)
	require.Equal(t, "by name", got.Default)
	require.Equal(t, [][]int{{1, 2}, {3}}, got.Nested)
	require.Equal(t, "@bot", got.Username)

	var inner struct{ Outer int }
	require.EqualError(t, got.Section.Decode(&inner), `bot.yaml: line 21, column 11: unknown key "inner"`)
}

// Golden: what an operator reads when a file is full of faults.
func TestDecodeReportsEveryProblemAtOnce(t *testing.T) {
	got := everything{Pool: 10}
	err := parse(t, `bot_prefx: "!"
BOT_ASYNC: true
zebra: 1
bot_async: "true"
bot_async_poolsize: many
small: 300
rate: [1]
web: localhost
backup:
  port: -1
  hots: x
bot_admins: "@alice"
servers:
  - host: true
  -
named: {one: 1.5}
mirrors: [1]
log: loud
level: high
wait: -5
size: {a: 1}
-: dash
nested: [[1, x]]
span: 5
odd: {1: a}
stringer: x
kinds: {a: 2026-11-23}
bot_prefix: {}
Ignored: x
`).Decode(&got)
	require.EqualError(t, err, strings.Join([]string{
		`bot.yaml: line 1, column 1: unknown key "bot_prefx"; did you mean "bot_prefix"?`,
		`bot.yaml: line 2, column 1: unknown key "BOT_ASYNC"; did you mean "bot_async"?`,
		`bot.yaml: line 3, column 1: unknown key "zebra"`,
		`bot.yaml: line 4, column 12: bot_async: expected true or false, not text`,
		`bot.yaml: line 5, column 21: bot_async_poolsize: expected a whole number, not text`,
		`bot.yaml: line 6, column 8: small: expected a whole number from -128 to 127`,
		`bot.yaml: line 7, column 7: rate: expected a number, not a list`,
		`bot.yaml: line 8, column 6: web: expected a mapping of keys to values, not text`,
		`bot.yaml: line 10, column 9: backup.port: expected a whole number from 0 to 65535`,
		`bot.yaml: line 11, column 3: unknown key "hots"; did you mean "host"?`,
		`bot.yaml: line 12, column 13: bot_admins: expected a list, not text`,
		`bot.yaml: line 14, column 11: servers[0].host: expected text, not a boolean`,
		`bot.yaml: line 15, column 4: servers[1]: expected a mapping of keys to values, not nothing`,
		`bot.yaml: line 16, column 14: named.one: expected a whole number, not a number with a fraction`,
		`bot.yaml: line 17, column 10: mirrors: expected a mapping of keys to values, not a list`,
		`bot.yaml: line 18, column 6: log: slog: level string "loud": unknown name`,
		`bot.yaml: line 19, column 8: level: unknown level`,
		`bot.yaml: line 20, column 7: wait: expected a time span that is not negative`,
		`bot.yaml: line 21, column 7: size: expected a whole number, not a mapping`,
		`bot.yaml: line 22, column 1: unknown key "-"`,
		`bot.yaml: line 23, column 14: nested[0][1]: expected a whole number, not text`,
		`bot.yaml: line 24, column 7: span: the program keeps this key in a Go time.Duration, which cannot be configured`,
		`bot.yaml: line 25, column 6: odd: the program keeps this key in a Go map[int]string, which cannot be configured`,
		`bot.yaml: line 26, column 11: stringer: the program keeps this key in a Go fmt.Stringer, which cannot be configured`,
		`bot.yaml: line 27, column 12: kinds.a: expected a number, not a date`,
		`bot.yaml: line 28, column 13: bot_prefix: expected text, not a mapping`,
		`bot.yaml: line 29, column 1: unknown key "Ignored"`,
	}, "\n"))
	require.Equal(t, 10, got.Pool)
}

func TestErrorsOfTypesThatReadThemselves(t *testing.T) {
	for text, want := range map[string]string{
		"typed":   "bot.yaml: line 99, column 7: its own position",
		"bare":    "bot.yaml: line 2, column 8: no position\nbot.yaml: line 2, column 8: level: another",
		"library": "bot.yaml: line 2: level: cannot unmarshal !!str `library` into int",
		"words":   "bot.yaml: line 98, column 6: level: in words",
		"other":   "bot.yaml: line 2, column 8: level: unknown level",
	} {
		var got everything
		require.EqualError(t, parse(t, "\nlevel: "+text).Decode(&got), want)
	}
	var got everything
	require.EqualError(t, parse(t, "log: [a]").Decode(&got), "bot.yaml: line 1, column 6: log: expected text, not a list")
}

func TestAFaultBehindAnAnchorIsReportedOnce(t *testing.T) {
	var got struct {
		A, B, C webConfig
	}
	err := parse(t, "a: &a {prot: 1}\nb: *a\nc: {<<: *a}\n").Decode(&got)
	require.EqualError(t, err, `bot.yaml: line 1, column 8: unknown key "prot"; did you mean "port"?`)
}

func TestDefaultsStayWhereNothingIsGiven(t *testing.T) {
	seven := 7
	got := everything{
		Prefix: "!", Pool: 10, Web: webConfig{Host: "localhost", Port: 80}, Size: &seven,
		Backup: &webConfig{Host: "backup"}, Admins: []string{"@root"}, Named: map[string]int{"one": 1, "two": 2},
	}
	require.NoError(t, parse(t, `
bot_prefix: null
bot_async_poolsize:
web: {port: 81, host: ~}
backup: {port: 5}
size: ~
named: {two: 22, three: 3, one: null}
`).Decode(&got))
	require.Equal(t, "!", got.Prefix)
	require.Equal(t, 10, got.Pool)
	require.Equal(t, webConfig{Host: "localhost", Port: 81}, got.Web)
	require.Equal(t, &webConfig{Host: "backup", Port: 5}, got.Backup)
	require.Equal(t, 7, *got.Size)
	require.Equal(t, []string{"@root"}, got.Admins)
	require.Equal(t, map[string]int{"one": 1, "two": 22, "three": 3}, got.Named)

	require.NoError(t, parse(t, "bot_admins: []").Decode(&got))
	require.Empty(t, got.Admins, "an empty list is a list")
}

func TestMergeKeys(t *testing.T) {
	var got struct {
		Anchors []webConfig
		Plain   webConfig
		Own     webConfig
		Several webConfig
		Unset   webConfig
	}
	got.Unset.Host = "default"
	require.NoError(t, parse(t, `
anchors:
  - &one {host: one, port: 1}
  - &two {host: two}
plain: {<<: *one}
own: {<<: *one, host: own}
several: {<<: [*two, *one]}
unset: {<<: *one, host: null}
`).Decode(&got))
	require.Equal(t, webConfig{Host: "one", Port: 1}, got.Plain)
	require.Equal(t, webConfig{Host: "own", Port: 1}, got.Own)
	require.Equal(t, webConfig{Host: "two", Port: 1}, got.Several)
	require.Equal(t, webConfig{Host: "default", Port: 1}, got.Unset)
}

func TestInlineMapTakesTheRest(t *testing.T) {
	type config struct {
		Backend string                    `yaml:"backend"`
		Plugins map[string]*conf.Document `yaml:",inline"`
	}
	var got config
	require.NoError(t, parse(t, "backend: text\nst2: {url: x}\nhelp:\n").Decode(&got))
	require.Equal(t, "text", got.Backend)
	require.Len(t, got.Plugins, 2)
	var help struct{ Limit int }
	require.NoError(t, got.Plugins["help"].Decode(&help), "named without a value: with defaults")
}

func TestDecodeNeedsAPointer(t *testing.T) {
	doc := parse(t, "a: 1")
	require.Error(t, doc.Decode(everything{}))
	require.Error(t, doc.Decode(nil))
	require.Error(t, doc.Decode((*everything)(nil)))
}

func TestProblemsAreBounded(t *testing.T) {
	var text strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&text, "bot_prefix_%d: 1\n", i)
	}
	err := parse(t, text.String()).Decode(&everything{})
	require.Equal(t, 100, strings.Count(err.Error(), "\n")+1)
}

func TestLongKeysAreShortened(t *testing.T) {
	err := parse(t, strings.Repeat("k", 1000)+": 1").Decode(&everything{})
	require.EqualError(t, err, `bot.yaml: line 1, column 1: unknown key "`+strings.Repeat("k", 80)+`..."`)
}

func TestNearest(t *testing.T) {
	known := []string{"bot_prefix", "bot_admins", "bot_alt_prefixes"}
	for word, want := range map[string]string{
		"bot_prefx": "bot_prefix", "BOT_ADMINS": "bot_admins", "bot_alt_prefix": "bot_alt_prefixes",
		"zebra": "", "": "", strings.Repeat("bot_prefix", 10_000): "",
	} {
		require.Equal(t, want, conf.Nearest(word, known))
	}
	require.Empty(t, conf.Nearest("x", nil))
}

func TestInlinePointer(t *testing.T) {
	type Shared struct {
		Host string `yaml:"host"`
	}
	var got struct {
		*Shared `yaml:",inline"`
		Port    int `yaml:"port"`
	}
	require.NoError(t, parse(t, "host: localhost\nport: 1").Decode(&got))
	require.Equal(t, "localhost", got.Host)
}

func TestTagsOfTheFile(t *testing.T) {
	for text, want := range map[string]string{
		"rate: !!float x":         "line 1, column 7: rate: expected a number",
		"rate: !celsius 5":        "line 1, column 7: rate: expected a number, not a value of another type",
		"bot_prefix: !!binary aa": "line 1, column 13: bot_prefix: expected text, not a value of another type",
		"any: !!int x":            "line 1, column 6: any: expected a plain value, not a whole number",
	} {
		var got everything
		require.EqualError(t, parse(t, text).Decode(&got), "bot.yaml: "+want)
	}
}
