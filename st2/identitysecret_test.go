package st2_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/go-errbot/errbot/st2"
	"github.com/go-errbot/errbot/st2/st2test"
)

// No secret is in the log at any level, in the chat, in an answer of the web server or in the
// path of a request, however a login goes.
func TestNoSecretOfALoginIsShown(t *testing.T) {
	t.Parallel()
	const (
		wrongWord     = "wr0ng-word-of-mallory"
		wrongPassword = "wr0ng-pa55word"
		roomWord      = "w0rd-said-in-a-room"
		shortWord     = "sh0rt"
	)
	srv, chat := newLogins(t)
	alice, admin := chat.As("@alice"), chat.As(bottest.Admin)
	token, key, stale := srv.Token("alice", 0), srv.AddAPIKey("alice"), srv.Token("alice", -1)
	secrets := []string{password, alicePassword, aliceWord, token, key, stale, wrongWord, wrongPassword, roomWord, shortWord, "Basic ", "key_hash"}
	var shown strings.Builder
	say := func(who *bottest.Conversation, text string) {
		who.Say(text)
		for _, m := range who.Drain() {
			shown.WriteString(m.Body + "\n")
		}
	}
	from := 0
	send := func(link string, body string) {
		from++ // so that no address has too many attempts
		request := httptest.NewRequestWithContext(t.Context(), "POST", "/login/authenticate/"+link, strings.NewReader(body))
		request.Header.Set("Content-Type", "application/json")
		request.RemoteAddr = fmt.Sprintf("192.0.2.%d:99", from)
		answer := httptest.NewRecorder()
		chat.Bot.Handler().ServeHTTP(answer, request)
		shown.WriteString(answer.Body.String())
		for name, values := range answer.Header() {
			shown.WriteString(name + strings.Join(values, ",") + "\n")
		}
	}
	form := func(fields map[string]string) string {
		text, err := json.Marshal(fields)
		require.NoError(t, err)
		return string(text)
	}

	say(alice.In("#ops"), "!st2session_start "+roomWord)
	say(alice, "!st2session_start "+shortWord)
	say(alice, "!st2session_end")
	for _, fields := range []map[string]string{
		{"secret_word": wrongWord, "username": "alice", "password": alicePassword},
		{"secret_word": aliceWord, "username": "alice", "password": wrongPassword},
		{"secret_word": aliceWord, "username": wrongPassword, "password": alicePassword}, // the one for the other
		{"secret_word": aliceWord, "username": alicePassword + ":", "password": alicePassword},
		{"secret_word": aliceWord, "token": stale},
		{"secret_word": aliceWord, "token": key},
		{"secret_word": aliceWord, "token": token + " " + token},
		{"secret_word": aliceWord, "api_key": token},
		{"secret_word": aliceWord, "api_key": key, "token": token},
		{"secret_word": aliceWord, "username": "alice", "password": alicePassword},
		{"secret_word": aliceWord, "token": token},
		{"secret_word": aliceWord, "api_key": key},
	} {
		text := alice.Say("!st2session_start " + aliceWord).Next().Body
		_, link, _ := strings.Cut(text, "#")
		link, _, _ = strings.Cut(link, " ")
		body := form(fields)
		send(link, body[:len(body)-1]) // cut short
		send(link, "["+body+"]")
		send(link, strings.Replace(body, `":"`, `":[1],"x":"`, 1))
		send("nope", body)
		srv.SetFaults(st2test.Faults{AuthDown: true, APIDown: true})
		send(link, body)
		srv.SetFaults(st2test.Faults{Unauthorized: true})
		send(link, body)
		srv.SetFaults(st2test.Faults{})
		send(link, body)
		send(link, body)
		say(alice, "!st2 greet you")
		say(alice, "!st2 nope")
		say(alice, "!st2help")
		say(admin, "!st2session_list")
		say(admin, "!status")
	}
	srv.SetFaults(st2test.Faults{Unauthorized: true})
	say(alice, "!st2 greet you")
	say(alice, "!st2 greet you")
	srv.SetFaults(st2test.Faults{})
	require.NoError(t, chat.Stop())

	for _, s := range secrets {
		require.NotContains(t, chat.Log(), s)
		require.NotContains(t, shown.String(), s)
		for _, r := range srv.Requests() {
			require.NotContains(t, r.Path+r.Query.Encode(), s)
		}
	}
	require.Contains(t, chat.Log(), "level=DEBUG")
	require.Contains(t, chat.Log(), "logged in to StackStorm")
	require.Contains(t, shown.String(), `"authenticated":true`)
}

// A command that is refused shows its name in the log, and not the word.
func TestNoWordInTheLogOfARefusal(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	options := []bottest.Option{configured(t, section(srv, clientsideAuth)), rulesOption(t, "'*session_start*': {allowusers: ['@bob']}")}
	chat := bottest.NewWith(t, options, st2.New())
	chat.As("@alice").Say("!st2session_start " + aliceWord).ExpectContains("not allowed")
	require.Contains(t, chat.Log(), `command="st2session start"`)
	require.NotContains(t, chat.Log(), aliceWord)
}
