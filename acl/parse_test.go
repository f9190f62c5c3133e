package acl_test

import (
	"strings"
	"testing"

	"github.com/go-errbot/errbot/acl"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

func TestParseRules(t *testing.T) {
	rules, err := acl.ParseRules(parseYAML(t, seedRules+`
everything:
  allowusers: one
  denyusers: [1234, 1.50, 2026-11-23, [a, [b]]]
  allowargs: []
  denyargs: null
  allowrooms: ~
  allowmuc: False
  allowprivate: true
  denyrooms:
'*': {}
`))
	require.NoError(t, err)
	no, yes := false, true
	squad := []string{"@admin1", "@admin2", "@admin3", "@admin4"}
	channel := []string{"#channel"}
	require.Equal(t, []acl.PatternRule{
		{Pattern: "whoami", Line: 2, Rule: acl.Rule{AllowRooms: []string{"@bot_user"}, AllowUsers: []string{"*"}}},
		{Pattern: "st2 apu status*", Line: 5, Rule: acl.Rule{AllowRooms: channel, AllowUsers: append(squad, "@user1")}},
		{Pattern: "st2 apu*", Line: 8, Rule: acl.Rule{AllowRooms: channel, AllowUsers: squad}},
		{Pattern: "everything", Line: 12, Rule: acl.Rule{
			AllowUsers: []string{"one"}, DenyUsers: []string{"1234", "1.50", "2026-11-23", "a", "b"},
			AllowArgs: []string{}, AllowMUC: &no, AllowPrivate: &yes,
		}},
		{Pattern: "*", Line: 21},
	}, rules)
}

func TestParseNothing(t *testing.T) {
	for _, node := range []*yaml.Node{nil, {}, parseYAML(t, ""), parseYAML(t, "null")} {
		rules, err := acl.ParseRules(node)
		require.NoError(t, err)
		require.Nil(t, rules)
		rule, err := acl.ParseRule(node)
		require.NoError(t, err)
		require.Zero(t, rule)
		list, err := acl.ParseList(node)
		require.NoError(t, err)
		require.Nil(t, list)
	}
}

func TestParseErrors(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"unknown key", "x: {allowuser: a}", `line 1, column 5: unknown key "allowuser": did you mean "allowusers"?`},
		{"Errbot's key in capitals", "x: {AllowMUC: true}", `line 1, column 5: unknown key "AllowMUC": did you mean "allowmuc"?`},
		{"key like no other", "x: {zzz: a}", `line 1, column 5: unknown key "zzz": the keys of a rule are allowusers, denyusers, allowrooms, denyrooms, allowargs, denyargs, allowmuc, allowprivate`},
		{"number for a truth value", "x: {allowmuc: 0}", `line 1, column 15: expected true or false, not "0"`},
		{"text for a truth value", "x:\n  allowprivate: no", `line 2, column 17: expected true or false, not "no"`},
		{"truth value for a text", "x: {denyusers: [a, true]}", `line 1, column 20: expected a text or a list of texts, not "true"`},
		{"mapping for a list", "x: {denyusers: {a: b}}", `line 1, column 16: expected a text or a list of texts, not a mapping`},
		{"unknown tag", "x: {denyusers: !env A}", `line 1, column 16: expected a text or a list of texts, not "A"`},
		{"rules as a list", "[x]", `line 1, column 1: the access rules are a mapping from patterns to rules, not a list`},
		{"rule as a list", "x: [a]", `line 1, column 4: a rule is a mapping of allowusers, denyusers, allowrooms, denyrooms, allowargs, denyargs, allowmuc, allowprivate, not a list`},
		{"rule as a text", "x: ''", `line 1, column 4: a rule is a mapping of allowusers, denyusers, allowrooms, denyrooms, allowargs, denyargs, allowmuc, allowprivate, not an empty text`},
		{"rule forgotten", "x:\ny: {}", `line 1, column 3: the rule of "x" is empty: write {} when it is to restrict nothing`},
		{"key twice", "x:\n  denyusers: a\n  denyusers: b", `line 3, column 3: "denyusers" is already in line 2`},
		{"pattern twice", "x: {}\n'*:X': {}", `line 2, column 1: pattern "*:X" is already in line 1, and only the first decides`},
		{"spaced pattern twice", "st2 apu: {}\nST2  apu: {}", `line 2, column 1: pattern "ST2  apu" is already in line 1, and only the first decides`},
		{"empty pattern", "' ': {}", `line 1, column 1: a pattern is a text that names commands, not an empty text`},
		{"pattern of another type", "[a]: {}", `line 1, column 1: a pattern is a text that names commands, not a list`},
		{"null pattern", "~: {}", `line 1, column 1: a pattern is a text that names commands, not nothing`},
		{"merge key", "x: {<<: {denyusers: a}}", `line 1, column 5: << is not understood in access rules: write the keys out`},
		{"room taken for a comment", "x:\n  allowrooms: #ops", `line 2, column 3: "allowrooms" has no value, for YAML takes #ops for a comment: put it in quotes`},
		{"room in a list taken for a comment", "x:\n  allowrooms:\n    - #ops\n    - '#dev'", `line 3, column 6: empty entry in a list: a name that begins with # needs quotes`},
		{"list that contains itself", "x: {denyusers: &a [b, *a]}", `line 1, column 20: the list is too long or contains itself`},
	} {
		t.Run(test.name, func(t *testing.T) {
			rules, err := acl.ParseRules(parseYAML(t, test.text))
			require.EqualError(t, err, test.want)
			require.Nil(t, rules)
		})
	}
}

func TestParseReportsEveryProblem(t *testing.T) {
	_, err := acl.ParseRules(parseYAML(t, "x: {a: b, denyusers: [true, {}]}\ny: {allowmuc: maybe}"))
	require.Error(t, err)
	require.Equal(t, 4, strings.Count(err.Error(), "line "), err)

	_, err = acl.ParseRule(parseYAML(t, "allowuser: x"))
	require.EqualError(t, err, `line 1, column 1: unknown key "allowuser": did you mean "allowusers"?`)
	_, err = acl.ParseList(parseYAML(t, "[a, {b: c}]"))
	require.EqualError(t, err, "line 1, column 5: expected a text or a list of texts, not a mapping")
}

// A file of a few lines whose aliases stand for a list of a billion names.
func TestParseListIsBounded(t *testing.T) {
	text := "- &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := range 9 {
		from, to := string(rune('0'+i)), string(rune('1'+i))
		text += "- &a" + to + " [" + strings.Repeat("*a"+from+", ", 9) + "*a" + from + "]\n"
	}
	_, err := acl.ParseList(parseYAML(t, text))
	require.ErrorContains(t, err, "the list is too long or contains itself")
	require.Equal(t, 1, strings.Count(err.Error(), "line "), "said once")
}

// FuzzParseRules: no text makes the parser or the policy panic, and what does not
// parse gives no rules.
func FuzzParseRules(f *testing.F) {
	f.Add(seedRules, "st2 apu status web", "@user1")
	f.Add("x: {allowusers: &a [*a, 1, ~]}\n'St2:a b[!c]*': {denyargs: '[z-a]?'}", "a b\u200b\xff", "")
	f.Add("'*': {allowmuc: false, allowprivate: false}", "x", "y")
	f.Add("x:\n  allowrooms: #y\n<<: {}\n", "_ _", "@")
	f.Fuzz(func(t *testing.T, text, typed, user string) {
		var node yaml.Node
		if len(text) > 2000 || yaml.Unmarshal([]byte(text), &node) != nil {
			return
		}
		rules, err := acl.ParseRules(&node)
		if err != nil {
			require.Nil(t, rules)
			return
		}
		p := acl.NewPolicy([]string{user}, acl.Rule{}, rules)
		p.Check([]acl.CommandName{{Plugin: "St2", Command: "st2"}})
		q := acl.Query{Plugin: "St2", Command: "st2", Text: typed, Args: typed, User: user, Room: user}
		for i := range 8 {
			q.Group, q.AdminOnly, q.ArgsUnknown = i&1 > 0, i&2 > 0, i&4 > 0
			d := p.Decide(&q)
			require.NotEqual(t, acl.Undecided, d.Reason)
			require.Equal(t, d, p.Decide(&q), "the same question, the same answer")
			require.Equal(t, d.Allowed, d.Reason == acl.Unrestricted || d.Reason == acl.PassedEveryCheck)
		}
	})
}
