package st2_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test"
)

const serversideAuth = passwordAuth + "\nrbac_auth: {serverside: }"

// newService returns a StackStorm in which the bot's account speaks for others.
func newService(t testing.TB, options ...st2test.Option) *st2test.Server {
	t.Helper()
	srv := newStackStorm(t, options...)
	srv.AddService("errbot", password)
	srv.AddUser("alice", alicePassword)
	return srv
}

func TestServersideByName(t *testing.T) {
	t.Parallel()
	srv := newService(t)
	chat := newChat(t, srv, serversideAuth)
	srv.ForgetRequests()
	chat.As("@alice").Say("!st2 greet you").Expect("Greeting you.", "Hello you!")
	chat.As("@bob").In("#ops").Say("!st2 greet me").Expect("Greeting me.", "Hello me!")
	chat.As("@alice").Say("!st2help").ExpectContains("!st2 greet {{name}}")
	require.Equal(t, []string{"alice 201", "bob 201"}, runAs(srv))

	// One token for each, which is renewed where it is refused.
	tokens := 0
	for _, r := range srv.Requests() {
		if r.Path == "/auth/v1/tokens" {
			tokens++
		}
	}
	require.Equal(t, 2, tokens)
	srv.RevokeTokens()
	chat.As("@alice").Say("!st2 greet you").Expect("Greeting you.", "Hello you!")

	// The bot's own account is nobody's, whatever the name.
	chat.As("@errbot2").Say("!st2 greet you").Expect("Greeting you.", "Hello you!")
	srv.RemoveUser("alice")
	chat.As("@alice").Say("!st2 greet you").ExpectContains("StackStorm has removed the user that stands for you.")
	chat.As("@alice").Say("!st2 greet you").Expect("Greeting you.", "Hello you!")
}

func TestServersideRefusesTheServiceAccount(t *testing.T) {
	t.Parallel()
	srv := newService(t)
	srv.AddService("svc", "svc-pa55word")
	chat := newChat(t, srv, "api_auth: {user: {name: svc, password: svc-pa55word}}", "rbac_auth: {serverside: {}}")
	srv.ForgetRequests()
	chat.As("@svc").Say("!st2 greet you").ExpectContains("Your name is that of the bot's own StackStorm account.")
	require.Empty(t, runAs(srv))
}

func TestServersideByNickname(t *testing.T) {
	t.Parallel()
	srv := newService(t)
	srv.AddNickname("alice", "slack", "@ali")
	chat := newChat(t, srv, passwordAuth, "rbac_auth: {serverside: {nickname_origin: slack}}")
	srv.ForgetRequests()
	chat.As("@ali").Say("!st2 greet you").Expect("Greeting you.", "Hello you!")
	require.Equal(t, []string{"alice 201"}, runAs(srv))
	chat.As("@alice").Say("!st2 greet you").Expect(
		"StackStorm knows nobody by your chat name. An administrator has to register `@alice` as your nickname for slack.")
	chat.As("@alice").Say("!st2help").ExpectContains("StackStorm knows nobody by your chat name.")
}

// An account that may not speak for others is told as what it is.
func TestServersideWithoutService(t *testing.T) {
	t.Parallel()
	chat := newChat(t, newStackStorm(t), serversideAuth)
	chat.As("@alice").Say("!st2 greet you").ExpectContains("An administrator has to make the bot's account a service account.")
}

// The bot itself may have an API key, its account speaks for others.
func TestServersideWithAPIKey(t *testing.T) {
	t.Parallel()
	srv := newService(t)
	chat := newChat(t, srv, "api_auth: {apikey: "+srv.AddAPIKey("errbot")+", user: {name: errbot, password: "+password+"}}", "rbac_auth: {serverside: {}}")
	srv.ForgetRequests()
	chat.As("@alice").Say("!st2 greet you").Expect("Greeting you.", "Hello you!")
	require.Equal(t, []string{"alice 201"}, runAs(srv))
	require.NotContains(t, chat.Log(), "are all given")
}
