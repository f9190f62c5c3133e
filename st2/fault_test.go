package st2_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/go-errbot/errbot/st2"
	"github.com/go-errbot/errbot/st2/st2test"
)

const (
	away     = "StackStorm cannot be reached. I keep trying and tell when it is back."
	back     = "StackStorm is back: commands work and results arrive again."
	rejected = "StackStorm rejects the bot's credentials. Correct api_auth in the configuration and restart the bot."
)

// newImpatientChat returns a bot that tells of trouble at once.
func newImpatientChat(t testing.TB, srv *st2test.Server, more ...string) *bottest.Chat {
	t.Helper()
	if len(more) == 0 {
		more = []string{passwordAuth}
	}
	return bottest.NewWith(t, []bottest.Option{configured(t, section(srv, more...))}, st2.Impatient(st2.New()))
}

// check returns what /readyz says about StackStorm.
func check(t testing.TB, chat *bottest.Chat) (status int, text string) {
	t.Helper()
	answer := chat.Get("/readyz")
	var health struct{ Checks map[string]string }
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &health))
	return answer.Code, health.Checks["stackstorm"]
}

// works demands that commands work and announcements arrive.
func works(t testing.TB, srv *st2test.Server, chat *bottest.Chat) {
	t.Helper()
	chat.As("@alice").In("#ops").Say("!st2 greet you").Expect("Greeting you.", "Hello you!")
	srv.Announce("errbot", payload{"channel": "#ops", "message": "hello"})
	chat.In("#ops").Expect("hello").ExpectNothing()
	status, text := check(t, chat)
	require.Equal(t, http.StatusOK, status, text)
	require.Equal(t, "ok", text)
}

// cut cuts the stream and waits until the bot has another.
func cut(t testing.TB, srv *st2test.Server, chat *bottest.Chat) {
	t.Helper()
	srv.DropStreams()
	for _, ready := range []bool{false, true} {
		require.Eventually(t, func() bool {
			_, text := check(t, chat)
			return ready == (text == "ok")
		}, timeout, timeout/1000)
	}
}

func TestDownAtStart(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	srv.Stop()
	chat := newImpatientChat(t, srv)
	admin := chat.As("@admin").Expect(away)
	chat.As("@alice").Say("!st2 greet you").Expect("StackStorm cannot be reached. I keep trying; please repeat the command in a while. Nothing was started.")
	status, text := check(t, chat)
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Equal(t, away, text)
	require.NoError(t, srv.Start())
	admin.Expect(back)
	works(t, srv, chat)
	admin.ExpectNothing()
	require.Equal(t, 1, strings.Count(chat.Log(), away))
}

func TestRestart(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	chat := newImpatientChat(t, srv)
	works(t, srv, chat)
	srv.Stop()
	admin := chat.As("@admin").Expect(away)
	require.NoError(t, srv.Start())
	admin.Expect(back)
	works(t, srv, chat)
	admin.ExpectNothing()
}

// The stream is cut while the rest works.
func TestStreamIsCut(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]st2test.Faults{
		"connection lost":              {},
		"nginx without the service":    {StreamDown: true},
		"a service without a listener": {StreamDead: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newStackStorm(t)
			chat := newImpatientChat(t, srv)
			srv.SetFaults(fault)
			srv.DropStreams()
			admin := chat.As("@admin").Expect(away)
			srv.SetFaults(st2test.Faults{})
			admin.Expect(back)
			works(t, srv, chat)
		})
	}
}

// What is over within seconds is not worth a word.
func TestShortCutIsNotTold(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	chat := newChat(t, srv)
	cut(t, srv, chat)
	works(t, srv, chat)
	chat.As("@admin").ExpectNothing()
}

// The API is away and the stream is not.
func TestAPIDown(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	chat := newImpatientChat(t, srv, passwordAuth, "timer_update: 1")
	srv.SetFaults(st2test.Faults{APIDown: true})
	chat.As("@alice").Say("!st2 greet you").ExpectContains("StackStorm answered with an error: ", "may have been started")
	admin := chat.As("@admin").Expect(away)
	srv.SetFaults(st2test.Faults{})
	admin.Expect(back)
	works(t, srv, chat)
}

// A password gets a new token, and nobody notices.
func TestTokensRevoked(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	chat := newImpatientChat(t, srv)
	for _, revoke := range []func(){srv.RevokeTokens, srv.ExpireTokens} {
		revoke()
		chat.As("@alice").Say("!st2 greet me").Expect("Greeting me.", "Hello me!")
		works(t, srv, chat)
		revoke()
		cut(t, srv, chat)
		works(t, srv, chat)
	}
	require.NotContains(t, chat.Log(), "rejects")
}

// A token cannot be renewed: that is said, once, with what to do.
func TestTokenRevoked(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	chat := newImpatientChat(t, srv, "api_auth: {token: "+srv.Token("errbot", 0)+"}", "timer_update: 1")
	srv.RevokeTokens()
	admin := chat.As("@admin").Expect(rejected)
	for range 3 {
		chat.As("@alice").Say("!st2 greet me").Expect("StackStorm does not accept the bot's credentials. An administrator of the bot has to correct them. Nothing was started.")
	}
	_, text := check(t, chat)
	require.Equal(t, rejected, text)
	// The stream that is open goes on.
	srv.Announce("errbot", payload{"channel": "#ops", "message": "hello"})
	chat.In("#ops").Expect("hello")
	admin.ExpectNothing()
}

func TestWrongCredentials(t *testing.T) {
	t.Parallel()
	for name, auth := range map[string]string{
		"password": "api_auth: {user: {name: errbot, password: wrong}}",
		"token":    "api_auth: {token: wrong}",
		"api key":  "api_auth: {apikey: wrong}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newStackStorm(t)
			chat := newImpatientChat(t, srv, auth)
			admin := chat.As("@admin").Expect(rejected)
			chat.As("@alice").Say("!st2 greet me").ExpectContains("does not accept the bot's credentials")
			chat.As("@alice").Say("!st2help").Expect("StackStorm does not accept the bot's credentials. An administrator of the bot has to correct them.")
			status, text := check(t, chat)
			require.Equal(t, http.StatusServiceUnavailable, status)
			require.Equal(t, rejected, text)
			admin.ExpectNothing()
			require.Equal(t, 1, strings.Count(chat.Log(), rejected))
		})
	}
}

func TestUserRemoved(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	chat := newImpatientChat(t, srv, "api_auth: {token: "+srv.Token("errbot", 0)+"}", "timer_update: 1")
	srv.RemoveUser("errbot")
	chat.As("@admin").Expect("The bot's user has been removed from StackStorm. Create it again, or change api_auth and restart the bot.")
}

func TestStreamForbidden(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	srv.Deny("errbot", "stream_view")
	chat := newImpatientChat(t, srv)
	chat.As("@admin").Expect("StackStorm does not let the bot read its stream, so no results arrive. Give the bot's user the permission stream_view.")
	chat.As("@alice").Say("!st2 greet me").Expect("Greeting me.")
}

// What a malformed event should have said is read from its execution.
func TestMalformedEvents(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	chat := newChat(t, srv)
	for range 3 {
		srv.SetFaults(st2test.Faults{Malform: 1})
		srv.Announce("errbot", payload{"channel": "#ops", "message": "broken"})
		srv.Announce("errbot", payload{"channel": "#ops", "message": "whole"})
		both := []string{chat.In("#ops").Next().Body, chat.In("#ops").Next().Body}
		require.ElementsMatch(t, []string{"broken", "whole"}, both)
		chat.In("#ops").ExpectNothing()
	}
	works(t, srv, chat)
	chat.As("@admin").ExpectNothing()
}

// An address that redirects is not followed, and the operator is told.
func TestRedirect(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	front := newRedirect(t, srv.URL())
	text := "auth_url: " + front + "/auth/v1\napi_url: " + front + "/api/v1\nstream_url: " + front + "/stream/v1\napi_auth: {apikey: " + srv.AddAPIKey("errbot") + "}"
	chat := bottest.NewWith(t, []bottest.Option{configured(t, text)}, st2.Impatient(st2.New()))
	chat.As("@admin").ExpectMatch(`^StackStorm's address is not right: 308: the address redirects to http://127\.0\.0\.1:\d+; configure that address\.$`)
	chat.As("@alice").Say("!st2 greet me").ExpectContains("StackStorm could not be asked: StackStorm's address is not right")
}
