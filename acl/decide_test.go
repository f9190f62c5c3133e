package acl_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/go-errbot/errbot/acl"
	"github.com/stretchr/testify/require"
)

// seedRules is the example of err-stackstorm's documentation, in YAML.
const seedRules = `
whoami:
  allowrooms: ['@bot_user']
  allowusers: &everyone ['*']
'st2 apu status*':
  allowrooms: ['#channel']
  allowusers: [&squad_infra ['@admin1', '@admin2', '@admin3', '@admin4'], &apu_users ['@user1']]
'st2 apu*':
  allowrooms: ['#channel']
  allowusers: [*squad_infra]
`

// st2 is a command for the StackStorm plugin, given in #channel.
func st2(user, text string) *acl.Query {
	return &acl.Query{Plugin: "St2", Command: "st2", Text: text, Args: text, User: user, Room: "#channel", Group: true}
}

func TestSeedExample(t *testing.T) {
	p := newPolicy(t, "", "", seedRules)
	elsewhere := st2("@admin1", "st2 apu status web")
	elsewhere.Room = "#other"
	for _, test := range []struct {
		query *acl.Query
		want  string
	}{
		{st2("@user1", "st2 apu status web"), `allowed by rule "st2 apu status*" (line 5): passed every check`},
		{st2("@user1", "st2 apu start web"), `denied by rule "st2 apu*" (line 8): user not in allowusers`},
		{st2("@user2", "st2 apu status web"), `denied by rule "st2 apu status*" (line 5): user not in allowusers`},
		{st2("@admin1", "st2 apu status web"), `allowed by rule "st2 apu status*" (line 5): passed every check`},
		{st2("@admin1", "st2 apu start web"), `allowed by rule "st2 apu*" (line 8): passed every check`},
		{elsewhere, `denied by rule "st2 apu status*" (line 5): room not in allowrooms`},
		{st2("@user2", "st2 greet world"), `allowed: no rule restricts the command`},
	} {
		require.Equal(t, test.want, p.Decide(test.query).Explain(), test.query.Text)
	}
}

// The rules are indexed by how they begin; the index must answer as a search through
// all of them does.
func TestIndexFindsTheFirstMatch(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	text := func(letters string) string {
		s := "a"
		for range random.IntN(6) {
			s += string(letters[random.IntN(len(letters))])
		}
		return s + " b"
	}
	for range 300 {
		var rules []acl.PatternRule
		for range random.IntN(30) {
			rules = append(rules, acl.PatternRule{Pattern: text("aab*?") + "*"})
		}
		p := acl.NewPolicy(nil, acl.Rule{}, rules)
		for range 50 {
			typed, want := text("ab")+text("ab"), ""
			for _, r := range rules {
				if acl.Compile(r.Pattern).Match(typed) {
					want = r.Pattern
					break
				}
			}
			require.Equal(t, want, p.Decide(&acl.Query{Command: "zzz", Text: typed}).Rule, "%q %v", typed, rules)
		}
	}
}

// However a command is typed so that it still is the same command, the rule that
// names it decides.
func TestTypingCannotEvadeARule(t *testing.T) {
	p := newPolicy(t, "", "", `
'st2 apu status*': {allowusers: '*'}
'st2 apu start "all"*': {denyusers: '*'}
'st2 apu start*': {denyusers: '*'}
'st2 run * --force*': {denyusers: '*'}
'plugin config': {denyusers: '*'}
`)
	for _, text := range []string{
		"st2 apu start web",
		"  st2 apu start web\t",
		"st2  apu   start web",
		"st2\tapu\nstart web",
		"st2\u00a0apu\u00a0start\u00a0web",
		"st2\u3000apu\u2009start web",
		"st2 apu\x1fstart web",
		"st2_apu start_web",
		"st2 apu_start",
		"ST2 Apu START web",
		"st2 apu \u017ftart web",
		"st2 a\u200bpu start web",
		"\ufeffst2 apu start web",
		"st2 apu\u200bstart web",
		"st2 apu \u202estart\u202c web",
		"st2 apu st\u00adart web",
		"st2 apu start\ufe0f web",
		"st2 apu start “all” x",
		"st2 run rm —force",
		"st2 run x\u2028y --force now",
	} {
		d := p.Decide(st2("@user1", text))
		require.False(t, d.Allowed, "%q: %s", text, d.Explain())
	}
	for _, text := range []string{"plugin config", "plugin config Foo {}", "plugin_config", "plugin\u200b config x"} {
		d := p.Decide(&acl.Query{Plugin: "Plugins", Command: "plugin_config", Text: text, User: "@user1"})
		require.False(t, d.Allowed, "%q: %s", text, d.Explain())
	}
}

// A rule that allows must not be met by a command that it does not name.
func TestTypingCannotBorrowARule(t *testing.T) {
	p := newPolicy(t, "", "", `
'st2 apu status*': {allowusers: '*'}
'Other:st2 get http://status*': {allowusers: '*'}
'St2:*': {denyusers: '*'}
`)
	for _, text := range []string{
		"st2 apu start :st2 apu status",
		"St2:st2 apu status",
		"st2 x:st2 apu status",
		"x st2 apu status",
		"st2 apu start\nst2 apu status",
		"st2 apu\u200bstatus",
		"st2 get http://status",
		"Other:st2 get http://status",
	} {
		d := p.Decide(st2("@user1", text))
		require.False(t, d.Allowed, "%q: %s", text, d.Explain())
	}
	require.True(t, p.Decide(st2("@user1", "st2 apu status 👩\u200d💻")).Allowed, "a joiner in an argument is no offence")
}

func TestArgsCannotEvadeARule(t *testing.T) {
	p := newPolicy(t, "", "", `
deny: {denyargs: ['rm  -rf*', '*--force*', "'É'", '"x"']}
allow: {allowargs: 'status [a-z]*'}
`)
	query := func(command, args string) *acl.Query {
		return &acl.Query{Plugin: "P", Command: command, Text: command + " " + args, Args: args, User: "@user1"}
	}
	for _, args := range []string{
		"rm  -rf", "rm -rf", " rm \t -rf /", "rm\u00a0-rf", "r\u200bm -rf", "rm\u200b-rf", "x —force", "x --for\u2060ce",
		"‘É’", "“x”",
	} {
		require.Equal(t, acl.ArgsDenied, p.Decide(query("deny", args)).Reason, "%q", args)
	}
	for _, args := range []string{"status web", " status\n web ", "status\x1fweb", "status web\u200b1"} {
		require.True(t, p.Decide(query("allow", args)).Allowed, "%q", args)
	}
	for _, args := range []string{"status", "status 1", "Status web", "status\u200bweb", ""} {
		require.Equal(t, acl.ArgsNotAllowed, p.Decide(query("allow", args)).Reason, "%q", args)
	}
}

func TestFirstMatchDecides(t *testing.T) {
	p := newPolicy(t, "", "", `
'st2 apu status*': {denyusers: a}
'St2:*': {denyusers: b}
'st2 apu*': {denyusers: c}
'Chat Room:join': {denyusers: d}
'chat room:join now*': {denyusers: e}
'* get http://x*': {denyusers: f}
'*': {denyusers: g}
`)
	for _, test := range []struct {
		plugin, command, text, rule string
	}{
		{"St2", "st2", "st2 apu status", "st2 apu status*"},
		{"St2", "st2", "st2 apu start", "St2:*"},
		{"Other", "st2", "st2 apu start", "st2 apu*"},
		{"Chat Room", "join", "join now", "Chat Room:join"},
		{"Chat Room", "part", "join now please", "chat room:join now*"},
		{"Web", "curl", "curl get http://x/y", "* get http://x*"},
		{"Web", "curl", "curl get https://x/y", "*"},
	} {
		d := p.Decide(&acl.Query{Plugin: test.plugin, Command: test.command, Text: test.text, User: "x"})
		require.Equal(t, test.rule, d.Rule, test.text)
		require.True(t, d.Allowed)
	}
}

func TestExplainNamesWhereTheKeyCameFrom(t *testing.T) {
	p := newPolicy(t, "'@root'", "{denyusers: '@mallory', allowrooms: '#*'}", `
deploy: {allowmuc: false}
open: {denyusers: []}
`)
	for _, test := range []struct {
		query acl.Query
		want  string
	}{
		{acl.Query{Command: "deploy", User: "@mallory"}, "denied by access_controls_default: user in denyusers"},
		{acl.Query{Command: "deploy", User: "@user", Group: true, Room: "#a"}, `denied by rule "deploy" (line 2): allowmuc is false, and the command was given in a room`},
		{acl.Query{Command: "open", User: "@mallory"}, `allowed by rule "open" (line 3): passed every check`},
		{acl.Query{Command: "open", User: "@user", Group: true, Room: "a"}, "denied by access_controls_default: room not in allowrooms"},
		{acl.Query{Command: "other", User: "@user"}, "allowed by access_controls_default: passed every check"},
		{acl.Query{Command: "other", User: "@user", Group: true}, "denied: the sender is not an occupant of the room"},
		{acl.Query{Command: "other", User: "@user", AdminOnly: true}, "denied by bot_admins: user not in bot_admins"},
		{acl.Query{Command: "other", User: "@root", AdminOnly: true}, "allowed by bot_admins: passed every check"},
		{acl.Query{Command: "open", User: "@root", AdminOnly: true, Group: true, Room: "#a"}, "denied by bot_admins: an administrators' command in a room needs allowmuc: true in its own rule"},
	} {
		require.Equal(t, test.want, p.Decide(&test.query).Explain())
	}
	built := acl.NewPolicy(nil, acl.Rule{}, []acl.PatternRule{{Pattern: "x", Rule: acl.Rule{DenyArgs: []string{"*"}}}})
	require.Equal(t, `denied by rule "x": arguments in denyargs`, built.Decide(&acl.Query{Command: "x"}).Explain())
	require.Equal(t, "denied: nothing was decided", acl.Decision{}.Explain())
}

// Without the text nobody can say that a rule on it does not apply.
func TestMissingTextIsDenied(t *testing.T) {
	p := newPolicy(t, "", "", `
'St2:st2 apu*': {denyusers: '*'}
`)
	for _, text := range []string{"", " \n"} {
		d := p.Decide(st2("@user1", text))
		require.False(t, d.Allowed)
		require.Equal(t, acl.TextMissing, d.Reason)
		require.Empty(t, d.Reason.Reply())
		require.NotEmpty(t, d.Explain())
	}
	require.True(t, p.Decide(&acl.Query{Plugin: "Other", Command: "x"}).Allowed, "no rule asks for it")
}

func TestArgsUnknown(t *testing.T) {
	p := newPolicy(t, "", "", `
'st2 apu status*': {allowusers: ['@user1', '@admin1']}
'st2 apu*': {allowusers: '@admin1'}
'st2 pack * get': {allowusers: '@user1'}
'St2:*': {allowusers: '@admin1', allowargs: 'st2 apu*'}
echo: {allowargs: 'hello*'}
shut: {allowargs: []}
'plugin config*': {allowusers: '@admin1'}
'curl ?et*': {allowusers: '@admin1'}
'curl [a-f]*': {allowusers: '@admin1'}
'curl p[a-z]st http://*': {allowusers: '@user1'}
'curl*': {allowusers: '@admin1'}
`)
	for _, test := range []struct {
		plugin, command, start, user string
		want                         bool
	}{
		{"St2", "st2", "", "@user1", true},
		{"St2", "st2", "", "@admin1", true},
		{"St2", "st2", "", "@user2", false},
		{"St2", "st2", "st2 apu status", "@user1", true},
		{"St2", "st2", "st2 apu status", "@user2", false},
		{"St2", "st2", "st2 apu start", "@user1", false},
		{"St2", "st2", "St2  apu_start", "@admin1", true},
		{"St2", "st2", "st2 greet", "@user1", false},
		{"St2", "st2", "st2 pack linux", "@user1", true},
		{"Utils", "echo", "", "@user1", true},
		{"Utils", "shut", "", "@user1", false},
		{"Utils", "apu", "", "@user2", true},
		{"Plugins", "plugin_config", "", "@user1", false},
		{"Plugins", "plugin_config", "plugin config", "@admin1", true},
		{"Plugins", "plugin_list", "", "@user1", true},
		{"Web", "curl", "curl f", "@user1", false},
		{"Web", "curl", "curl get", "@user1", false},
		{"Web", "curl", "curl get x", "@user1", false},
		{"Web", "curl", "curl post", "@user1", true},
	} {
		q := &acl.Query{Plugin: test.plugin, Command: test.command, Text: test.start, User: test.user, ArgsUnknown: true}
		d := p.Decide(q)
		require.Equal(t, test.want, d.Allowed, "%+v: %s", test, d.Explain())
	}
}

// Help lists only the aliases that the asker may run; a rule that covers an alias
// whatever its arguments leaves nothing to what stands after it.
func TestArgsUnknownOfAnAlias(t *testing.T) {
	p := newPolicy(t, "", "", seedRules)
	may := func(user, start string) bool {
		q := st2(user, start)
		q.ArgsUnknown = true
		return p.Decide(q).Allowed
	}
	require.True(t, may("@user1", "st2 apu status"))
	require.False(t, may("@user1", "st2 apu start"))
	require.False(t, may("@user2", "st2 apu status"))
	require.True(t, may("@user2", "st2 greet"))
}

// More commands than are remembered, from several goroutines.
func TestManyCommands(t *testing.T) {
	p := newPolicy(t, "", "", `
'*7': {denyusers: '*'}
'* 8': {denyusers: '*'}
`)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for i := range 1500 {
				name := fmt.Sprintf("c_%d", i)
				d := p.Decide(&acl.Query{Plugin: "P", Command: name, Text: name})
				if d.Allowed == (i%10 == 7 || i == 8) {
					t.Errorf("%s: %s", name, d.Explain())
				}
			}
		})
	}
	group.Wait()
}

func TestAllowingDoesNotAllocate(t *testing.T) {
	p := newPolicy(t, "'@root'", "{denyusers: '@mallory'}", seedRules+`
say: {allowargs: '[a-z]* there'}
`)
	for _, q := range []*acl.Query{
		st2("@user1", "st2 apu status web"),
		st2("@user1", "ST2  apu_Status web"),
		st2("@user1", "st2 greet "+strings.Repeat("x", 200)),
		{Plugin: "Utils", Command: "say", Text: "say hello  there", Args: "hello  there"},
		{Plugin: "Utils", Command: "restart", Text: "restart", User: "@root", AdminOnly: true},
	} {
		require.True(t, p.Decide(q).Allowed, q.Text)
		require.Zero(t, testing.AllocsPerRun(100, func() { p.Decide(q) }), q.Text)
	}
	g := acl.Compile("*[a-z]?x*")
	require.Zero(t, testing.AllocsPerRun(100, func() { g.Match("日本abcx") }))
}

func TestEveryReasonHasItsWords(t *testing.T) {
	seen := map[string]bool{}
	for r := acl.Undecided; r <= acl.PassedEveryCheck; r++ {
		require.NotEmpty(t, r.String())
		require.False(t, seen[r.String()], r.String())
		seen[r.String()] = true
	}
}

func TestIsAdmin(t *testing.T) {
	p := acl.NewPolicy([]string{"@root", "@ops-*"}, acl.Rule{}, nil)
	for user, want := range map[string]bool{"@root": true, "@ops-1": true, "@Root": false, "root": false, "": false} {
		require.Equal(t, want, p.IsAdmin(user), user)
	}
}

// A rule for a group holds for everybody in it, whoever else it names.
func TestGroups(t *testing.T) {
	p := newPolicy(t, "", "", `
deploy:
  allowusers: ['group:oncall', '@boss']
  denyusers: ['group:interns']
`)
	for _, test := range []struct {
		user   string
		groups []string
		want   acl.Reason
	}{
		{"@alice", []string{"group:web", "group:oncall"}, acl.PassedEveryCheck},
		{"@alice", []string{"group:web"}, acl.UserNotAllowed},
		{"@alice", nil, acl.UserNotAllowed},
		{"@boss", nil, acl.PassedEveryCheck},
		{"@boss", []string{"group:interns"}, acl.UserDenied},
	} {
		d := p.Decide(&acl.Query{Plugin: "Ops", Command: "deploy", Text: "deploy", User: test.user, Groups: test.groups})
		require.Equal(t, test.want, d.Reason, "%s in %v", test.user, test.groups)
	}
}
