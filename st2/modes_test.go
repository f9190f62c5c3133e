package st2_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test"
)

// greeters may greet, and nothing else.
var greeters = st2test.Role{Name: "greeters", Grants: []st2test.PermissionGrant{
	{Resource: "action:demo:greet", Permissions: []string{"action_execute"}},
}}

// Server side, everybody may do what StackStorm's roles say, though the bot may do everything.
func TestServersideWithRBAC(t *testing.T) {
	t.Parallel()
	srv := newService(t, st2test.WithRBAC(greeters))
	srv.Grant("alice", "greeters")
	srv.Grant("carol", st2test.RoleObserver)
	chat := newChat(t, srv, serversideAuth)
	srv.ForgetRequests()
	chat.As("@alice").In("#ops").Say("!st2 greet you").Expect("Greeting you.", "Hello you!")
	for _, other := range []string{"bob", "carol"} {
		chat.As("@" + other).In("#ops").Say("!st2 greet you").Expect(
			`StackStorm does not permit that: User "` + other + `" doesn't have required permission "action_execute" on resource "action:demo:greet".`).ExpectNothing()
	}
	require.Equal(t, []string{"alice 201", "bob 403", "carol 403"}, runAs(srv))
	chat.As("@carol").Say("!st2help").ExpectContains("!st2 greet {{name}}")
	chat.As("@bob").Say("!st2help").Expect(
		`StackStorm does not permit that: User "bob" doesn't have required permission "action_alias_list".`)
}

// The bot works with an account that may only do what it needs.
func TestLeastPrivilege(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t, st2test.WithRBAC(greeters, st2test.Role{Name: "bots", Grants: []st2test.PermissionGrant{
		{Permissions: []string{"stream_view", "execution_list", "action_alias_list", "action_alias_match", "inquiry_list"}},
		{Resource: "pack:demo", Permissions: []string{"action_view"}},
		{Resource: "pack:chatops", Permissions: []string{"action_view"}},
	}}))
	srv.AddUser("bot", "bot-pa55word")
	srv.Grant("bot", "bots")
	srv.Grant("bot", "greeters")
	chat := newChat(t, srv, "api_auth: {user: {name: bot, password: bot-pa55word}}")
	alice := chat.As("@alice").In("#ops")
	alice.Say("!st2 greet you").Expect("Greeting you.", "Hello you!")
	alice.Say("!st2help --pack demo").ExpectContains("!st2 greet {{name}}")
	alice.Say("!st2 pack get core").ExpectContains(`User "bot" doesn't have required permission "action_execute" on resource "action:packs:get".`)
	chat.As("@admin").ExpectNothing()
}

// An account that may not list executions gets results, and the administrators are told
// once what may be lost.
func TestMayNotListExecutions(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.become("bots", "greeters")
		b.start()
		admin := b.chat.As("@admin").Expect("StackStorm does not let the bot list executions. Results arrive, but what is announced while the stream is down is lost. Give the bot's user the permission execution_list.")
		for range 3 {
			b.chat.As("@alice").In("#ops").Say("!st2 greet you").Expect("Greeting you.", "Hello you!")
		}
		b.pass(time.Hour)
		admin.ExpectNothing()
	}, st2test.WithRBAC(greeters, st2test.Role{Name: "bots", Grants: []st2test.PermissionGrant{
		{Permissions: []string{"stream_view", "action_alias_list"}},
	}}))
}

// With permission isolation the bot sees its own executions, not those of the rules that
// announce: results arrive all the same, once.
func TestPermissionIsolation(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.become(st2test.RoleObserver, "greeters")
		b.start()
		ops := b.chat.As("@alice").In("#ops")
		for range 3 {
			ops.Say("!st2 greet you").Expect("Greeting you.", "Hello you!")
		}
		b.pass(time.Hour)
		ops.ExpectNothing()
	}, st2test.WithPermissionIsolation(), st2test.WithRBAC(greeters))
}

// become gives the bot an account with no rights but those of some roles.
func (b *bubble) become(roles ...string) {
	b.srv.AddUser("bot", "bot-pa55word")
	for _, role := range roles {
		b.srv.Grant("bot", role)
	}
	b.auth = "api_auth: {user: {name: bot, password: bot-pa55word}}"
}

// A StackStorm that asks nobody who he is is used as it is, whatever credentials the bot has.
func TestAuthDisabled(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t, st2test.WithAuth(st2test.AuthDisabled))
	for name, auth := range map[string]string{
		"password":    passwordAuth,
		"stale token": "api_auth: {token: 0123456789abcdef}",
		"stale key":   "api_auth: {apikey: 0123456789abcdef}",
	} {
		t.Run(name, func(t *testing.T) {
			chat := newChat(t, srv, auth)
			srv.ForgetRequests()
			chat.As("@alice").In("#ops").Say("!st2 greet you").Expect("Greeting you.", "Hello you!")
			require.Equal(t, []string{"stanley 201"}, runAs(srv))
			chat.As("@admin").ExpectNothing()
		})
	}
}

// Behind an authenticating proxy StackStorm takes the bot for whom it says it is.
func TestAuthProxy(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t, st2test.WithAuth(st2test.AuthProxy))
	chat := newChat(t, srv, "api_auth: {user: {name: somebody, password: the proxy knows}}")
	srv.ForgetRequests()
	chat.As("@alice").In("#ops").Say("!st2 greet you").Expect("Greeting you.", "Hello you!")
	require.Equal(t, []string{"somebody 201"}, runAs(srv))
}
