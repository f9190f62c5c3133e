package st2_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/go-errbot/errbot/st2"
	"github.com/go-errbot/errbot/st2/st2test"
)

// rulesOption makes a bot's option of access rules.
func rulesOption(t testing.TB, text string) bottest.Option {
	t.Helper()
	var rules bot.AccessControls
	require.NoError(t, yaml.Unmarshal([]byte(text), &rules))
	return bottest.WithConfig(func(cfg *bot.Config) { cfg.AccessControls = rules })
}

// The example of err-stackstorm's README.
const apuRules = `
whoami: {allowrooms: ['@bot_user'], allowusers: ['*']}
'st2 apu status*': {allowrooms: ['#channel'], allowusers: ['@admin1', '@user1']}
'st2 apu*': {allowrooms: ['#channel'], allowusers: ['@admin1']}
`

func newAPU(t testing.TB) *st2test.Server {
	t.Helper()
	srv := newStackStorm(t)
	for _, verb := range []string{"status", "start"} {
		srv.AddAlias(st2test.Alias{
			Pack: "st2dm_apu", Name: "apu_" + verb, Description: "Does " + verb + ".", ActionRef: "core.noop",
			Formats: []st2test.Format{{Display: "apu " + verb + " <role>", Representation: []string{"apu " + verb + " {{role}}"}}},
			Ack:     map[string]any{"format": verb + "ing"},
			Result:  map[string]any{"enabled": false},
		})
	}
	srv.AddAction(st2test.Action{Ref: "core.noop", Parameters: map[string]any{
		"role": map[string]any{"type": "string"}, "a": map[string]any{"type": "string"}, "status": map[string]any{"type": "string"}, "statu": map[string]any{"type": "string"},
	}})
	return srv
}

func TestReadmeRules(t *testing.T) {
	t.Parallel()
	srv := newAPU(t)
	chat := bottest.NewWith(t, []bottest.Option{configured(t, section(srv, passwordAuth)), rulesOption(t, apuRules)}, st2.New())
	user, admin := chat.As("@user1"), chat.As("@admin1")
	user.In("#channel").Say("!st2 apu status web").Expect("statusing").ExpectNothing()
	user.In("#channel").Say("!st2 apu start web").Expect("You're not allowed to access this command from this user").ExpectNothing()
	admin.In("#channel").Say("!st2 apu status web").Expect("statusing")
	admin.In("#channel").Say("!st2 apu start web").Expect("starting")
	user.In("#other").Say("!st2 apu status web").Expect("You're not allowed to access this command from this room")
	user.In("#other").Say("!st2 apu start web").Expect("You're not allowed to access this command from this user")
	admin.In("#other").Say("!st2 apu status web").Expect("You're not allowed to access this command from this room")
	admin.In("#other").Say("!st2 apu start web").Expect("You're not allowed to access this command from this room")
	user.In("#channel").Say("!st2help --pack st2dm_apu").Expect("st2dm_apu\n  !st2 apu status <role>  Does status.")
	admin.In("#channel").Say("!st2help --pack st2dm_apu").ExpectContains("apu start <role>", "apu status <role>")
}

// Whatever @user1 types, "apu start" does not run: StackStorm takes key=value pairs away, our
// normalising changes quotes and blanks, and neither may get round the rules.
func TestRulesCannotBeEvaded(t *testing.T) {
	t.Parallel()
	srv := newAPU(t)
	options := []bottest.Option{configured(t, section(srv, passwordAuth)), rulesOption(t, apuRules)}
	user := bottest.NewWith(t, options, st2.New()).As("@user1").In("#channel")
	for _, said := range []string{
		"apu start web",
		"apu a=1 start web a=1",
		"apu status=1 start web status=1",
		"apu status=“x y” start web status=“x y”",
		"apu status={x y} start web status={x y}",
		"apu status='' start web status=''",
		"apu\u00a0start web",
		"apu\tstart web",
		"apu\u2003start web",
		"apu\u001cstart web",
		"apu status =1 start web status =1",
		"apu status= 1 start web status= 1",
		"apu status=1 a=2 start web status=1 a=2",
		"apu status=1\nstart web status=1",
		"apu  status=1 start web  status=1",
		"a=1 apu start web a=1",
		"status=1 apu start web status=1",
		"apu sta\u200btus=1 start web sta\u200btus=1",
		"apu Status=1 start web Status=1",
		"apu STATUS=1 start web STATUS=1",
		"apu_status=1 start web _status=1",
		"apu status=1\u00a0start web\u00a0status=1",
	} {
		got := user.Say("!st2 " + said).Next().Body
		t.Logf("%q: %s", said, got)
		user.ExpectNothing()
	}
	for _, r := range srv.Requests() {
		if strings.HasSuffix(r.Path, "match_and_execute") {
			require.NotEqual(t, 201, r.Status, "%s", r.Body)
		}
	}
	// Pairs that take nothing away from what was typed are no obstacle.
	user.Say("!st2 apu status web a=1").Expect("statusing")
}

// Without a prefix, what is left may begin with another command's name.
func TestRulesCannotBeEvadedWithoutPrefix(t *testing.T) {
	t.Parallel()
	srv := newAPU(t)
	options := []bottest.Option{configured(t, section(srv, passwordAuth, "plugin_prefix: ''")), rulesOption(t, `
'apu status*': {allowusers: ['@admin1', '@user1']}
'apu *': {allowusers: '@admin1'}`)}
	user := bottest.NewWith(t, options, st2.New()).As("@user1")
	user.Say("!apu status web").Expect("statusing")
	user.Say("!apu start web").ExpectContains("not allowed")
	user.Say("!apu status=1 start web status=1").ExpectContains("key=value pairs")
	user.Say("!apu start web a=1").ExpectContains("not allowed")
}

// An exact rule is not evaded by a parameter that is added.
func TestExactRules(t *testing.T) {
	t.Parallel()
	srv := newAPU(t)
	options := []bottest.Option{configured(t, section(srv, passwordAuth)), rulesOption(t, "st2: {denyargs: 'st2 apu start web'}")}
	user := bottest.NewWith(t, options, st2.New()).As("@user1")
	user.Say("!st2 apu start web").ExpectContains("not allowed")
	user.Say("!st2 apu start web a=1").ExpectContains("not allowed")
	user.Say("!st2 apu start db a=1").Expect("starting")
}
