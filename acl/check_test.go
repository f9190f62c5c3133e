package acl_test

import (
	"regexp"
	"testing"

	"github.com/go-errbot/errbot/acl"
	"github.com/stretchr/testify/require"
)

func TestCheck(t *testing.T) {
	commands := []acl.CommandName{
		{Plugin: "Utils", Command: "whoami"},
		{Plugin: "Plugins", Command: "plugin_config"},
		{Plugin: "Health", Command: "status_plugins"},
		{Plugin: "St2", Command: "st2", Regexp: regexp.MustCompile(`(?i)^st2 .*`)},
		{Plugin: "Greeter", Command: "greeting", Regexp: regexp.MustCompile(`^hello (?P<name>.+)`)},
	}
	fine := `
whoami: {}
'Utils:*': {}
'plugin config': {}
'plugin config Foo*': {}
'PLUGIN *': {}
'Plugins:plugin config*': {}
'st2 apu*': {}
'St2:st2 apu*': {}
'hello w*': {}
's* a*': {}
'*': {}
`
	require.Empty(t, newPolicy(t, "", "", fine).Check(commands))

	p := newPolicy(t, "", "", `
whoamI: {}
whoami2: {}
'!whoami': {}
'Util:whoami': {}
plugin-config: {}
'plugn config*': {}
'Plugins:st2 apu*': {}
'health': {}
'whoami me': {}
'st3 apu*': {}
'goodbye w*': {}
zzz: {}
`)
	var got []string
	for _, w := range p.Check(commands) {
		got = append(got, w.String())
	}
	require.Equal(t, []string{
		`line 3: access rule "whoami2" matches no command: did you mean "whoami"?`,
		`line 4: access rule "!whoami" matches no command: did you mean "whoami"?`,
		`line 5: access rule "Util:whoami" matches no command: did you mean "Utils:whoami"?`,
		`line 6: access rule "plugin-config" matches no command: did you mean "plugin_config"?`,
		`line 7: access rule "plugn config*" matches no command: did you mean "plugin_config"?`,
		`line 8: access rule "Plugins:st2 apu*" matches no command: check the names of the plugin and the command`,
		`line 9: access rule "health" matches no command: for every command of the plugin write "Health:*"`,
		`line 11: access rule "st3 apu*" matches no command: check the names of the plugin and the command`,
		`line 12: access rule "goodbye w*" matches no command: check the names of the plugin and the command`,
		`line 13: access rule "zzz" matches no command: check the names of the plugin and the command`,
	}, got)
}

// A regular expression that says nothing of how its texts begin may match anything.
func TestCheckUnanchored(t *testing.T) {
	p := newPolicy(t, "", "", "'deploy web*': {}")
	for _, test := range []struct {
		expression string
		warnings   int
	}{
		{"deploy (.*)", 0}, {"^(deploy|undo) .*", 0}, {"^.*", 0}, {"^deploy", 0}, {"^undo", 1}, {"(?i)^UNDO x", 1}, {"(?m)^undo", 0},
	} {
		command := acl.CommandName{Plugin: "P", Command: "c", Regexp: regexp.MustCompile(test.expression)}
		require.Len(t, p.Check([]acl.CommandName{command}), test.warnings, test.expression)
	}
	require.Equal(t, `access rule "a b" matches no command: check the names of the plugin and the command`,
		acl.NewPolicy(nil, acl.Rule{}, []acl.PatternRule{{Pattern: "a b"}}).Check(nil)[0].String())
}
