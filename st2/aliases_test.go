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
