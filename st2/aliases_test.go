package st2_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/go-errbot/errbot/st2"
	"github.com/go-errbot/errbot/st2/st2test"
)

// Only what the asker may run is offered.
func TestAmbiguousForOthers(t *testing.T) {
	t.Parallel()
	srv := newAPU(t)
	srv.AddAlias(st2test.Alias{Pack: "zoo", Name: "any", ActionRef: "core.noop", Formats: []st2test.Format{{Display: "apu status <any>", Representation: []string{"apu {{role}}"}}}})
	srv.AddAlias(st2test.Alias{Pack: "zoo", Name: "every", ActionRef: "core.noop", Formats: []st2test.Format{{Display: "apu anything", Representation: []string{"apu {{status}}"}}}})
	chat := bottest.NewWith(t, []bottest.Option{configured(t, section(srv, passwordAuth)), rulesOption(t, apuRules)}, st2.New())
	chat.As("@user1").In("#channel").Say("!st2 apu status web").Expect(`More than one StackStorm command matches "apu status web": ` +
		`"!st2 apu status <role>" (st2dm_apu.apu_status), "!st2 apu status <any>" (zoo.any). Please write it more precisely.`)
	chat.As("@admin1").In("#channel").Say("!st2 apu status web a=1").ExpectContains("(st2dm_apu.apu_status)", "(zoo.any)", "(zoo.every)")
}

// A change of the aliases is known at once, by its event; without changes nothing is asked.
func TestAliasesAreFresh(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	chat := newChat(t, srv)
	alice := chat.As("@alice")
	srv.ForgetRequests()
	alice.Say("!st2 deploy wbe").ExpectContains("No StackStorm command").Say("!st2 grete you").ExpectContains("greet")
	for _, r := range srv.Requests() {
		require.NotEqual(t, "/api/v1/actionalias", r.Path)
	}
	addAlias(srv, "deploy web", nil, nil)
	require.Eventually(t, func() bool {
		return strings.Contains(alice.Say("!st2 deploy wbe").Next().Body, `"!st2 deploy web"`)
	}, timeout, time.Millisecond)
}

// Whoever speaks to StackStorm in their own name is offered what they see there, not what the
// bot sees.
func TestAmbiguousInOnesOwnName(t *testing.T) {
	t.Parallel()
	srv, chat := newLogins(t)
	addAlias(srv, "twice {{x}}", nil, nil)
	srv.AddAlias(st2test.Alias{Pack: "demo", Name: "other", ActionRef: "demo.greet", Formats: []st2test.Format{{Text: "twice {{y}}"}}})
	loggedIn(t, srv, chat, "@alice", "alice")
	loggedIn(t, srv, chat, "@bob", "bob")
	srv.Deny("alice", "action_alias_list")
	chat.As("@alice").Say("!st2 twice now").
		Expect(`More than one StackStorm command matches "twice now". Please write it more precisely; !st2help lists what there is.`)
	chat.As("@bob").Say("!st2 twice now").ExpectContains("(demo.other)", "(demo.twice)")
	chat.As("@alice").Say("!st2 grete you").ExpectContains("No StackStorm command matches").ExpectNothing()
	require.NotContains(t, chat.Log(), "panic")
}

// Each kind of change is known by its event: aliases that come, change and go.
func TestAliasEvents(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	alice := newChat(t, srv).As("@alice")
	suggested := func(text string) func() bool {
		return func() bool { return strings.Contains(alice.Say("!st2 deploy wbe").Next().Body, text) }
	}
	set := func(display string) {
		srv.AddAlias(st2test.Alias{Pack: "demo", Name: "deploy", ActionRef: "core.noop", Formats: []st2test.Format{{Display: display, Representation: []string{"deploy web"}}}})
	}
	alice.Say("!st2 deploy wbe").ExpectContains("No StackStorm command")
	set("deploy web")
	require.Eventually(t, suggested(`"!st2 deploy web"`), timeout, time.Millisecond)
	set("deploy webs")
	require.Eventually(t, suggested(`"!st2 deploy webs"`), timeout, time.Millisecond)
	srv.RemoveAlias("demo.deploy")
	require.Eventually(t, suggested(`matches "deploy wbe". !st2help lists`), timeout, time.Millisecond)
}
