package st2_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/st2"
	"github.com/go-errbot/errbot/st2/session"
	"github.com/go-errbot/errbot/st2/st2test"
)

const (
	clientsideAuth = passwordAuth + "\nrbac_auth: {clientside: {url: 'https://bot.example.com'}}"

	alicePassword = "al1ce's-pa55word"
	aliceWord     = "open-sesame-4711"
)

// newLogins returns a StackStorm that knows Alice and Bob, and a bot on which they log in.
func newLogins(t testing.TB, more ...string) (*st2test.Server, *bottest.Chat) {
	t.Helper()
	srv := newStackStorm(t)
	srv.AddUser("alice", alicePassword)
	srv.AddUser("bob", "b0b")
	return srv, newChat(t, srv, append([]string{clientsideAuth}, more...)...)
}

// startSession asks for a link and returns its id.
func startSession(t testing.TB, person *bottest.Conversation, word string) string {
	t.Helper()
	text := person.Say("!st2session_start " + word).Next().Body
	found := regexp.MustCompile(`^Open https://bot\.example\.com/#([0-9a-f-]{36}) until `).FindStringSubmatch(text)
	require.NotNil(t, found, text)
	return found[1]
}

// loginAnswer is what the login route says.
type loginAnswer struct {
	Status        int    `json:"-"`
	Code          *int   `json:"return_code"`
	Authenticated *bool  `json:"authenticated"`
	Message       string `json:"message"`
	Link          string `json:"link"`
}

// logIn sends a form of field, value, field, value.
func logIn(t testing.TB, chat *bottest.Chat, link string, fields ...string) loginAnswer {
	t.Helper()
	form := map[string]string{}
	for i := 0; i < len(fields); i += 2 {
		form[fields[i]] = fields[i+1]
	}
	body, err := json.Marshal(form)
	require.NoError(t, err)
	return answerOf(t, chat.Post("/login/authenticate/"+link, "application/json", strings.NewReader(string(body))).Result())
}

func answerOf(t testing.TB, r *http.Response) loginAnswer {
	t.Helper()
	defer r.Body.Close()
	a := loginAnswer{Status: r.StatusCode}
	require.Equal(t, "application/json", r.Header.Get("Content-Type"))
	require.NoError(t, json.NewDecoder(r.Body).Decode(&a))
	require.NotNil(t, a.Code)
	require.NotNil(t, a.Authenticated)
	return a
}

// loggedIn logs a person in with an API key.
func loggedIn(t testing.TB, srv *st2test.Server, chat *bottest.Chat, person, account string) {
	t.Helper()
	who := chat.As(person)
	link := startSession(t, who, aliceWord)
	answer := logIn(t, chat, link, "secret_word", aliceWord, "api_key", srv.AddAPIKey(account))
	require.True(t, *answer.Authenticated, answer.Message)
	who.ExpectMatch(`^You are logged in to StackStorm as ` + account + ` until 20`)
}

// runAs returns who the commands that were started ran as.
func runAs(srv *st2test.Server) (users []string) {
	for _, r := range srv.Requests() {
		if strings.HasSuffix(r.Path, "match_and_execute") {
			users = append(users, fmt.Sprintf("%s %d", r.User, r.Status))
		}
	}
	return users
}

const loginHint = " To log in, send me `!st2session_start <secret word>` in a private conversation, with a word that you make up."

// Each way to log in, and whose commands then run.
func TestLogIn(t *testing.T) {
	t.Parallel()
	for name, fields := range map[string]func(srv *st2test.Server) []string{
		"password": func(*st2test.Server) []string { return []string{"username", "alice", "password", alicePassword} },
		"token":    func(srv *st2test.Server) []string { return []string{"token", " " + srv.Token("alice", 0) + "\n"} },
		"API key":  func(srv *st2test.Server) []string { return []string{"api_key", srv.AddAPIKey("alice")} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv, chat := newLogins(t)
			alice := chat.As("@alice")
			alice.Say("!st2 greet you").Expect("You are not logged in to StackStorm." + loginHint)
			alice.In("#ops").Say("!st2help").Expect("You are not logged in to StackStorm." + loginHint)
			link := startSession(t, alice, aliceWord)
			alice.Say("!st2 greet you").Expect("You are not logged in to StackStorm." + loginHint)
			answer := logIn(t, chat, link, append(fields(srv), "secret_word", aliceWord)...)
			require.Equal(t, loginAnswer{
				Status: http.StatusOK, Code: new(0), Authenticated: new(true), Link: "used",
				Message: "You are logged in to StackStorm as alice. Go back to the chat: your commands run in your name now.",
			}, answer)
			alice.ExpectMatch(`^You are logged in to StackStorm as alice until 20.*\. !st2session_end ends the session`)
			srv.ForgetRequests()
			alice.Say("!st2 greet you").Expect("Greeting you.", "Hello you!")
			alice.In("#ops").Say("!st2 greet all").Expect("Greeting all.", "Hello all!")
			alice.Say("!st2help").ExpectContains("!st2 greet {{name}}")
			require.Equal(t, []string{"alice 201", "alice 201"}, runAs(srv))
			for _, r := range srv.Requests() {
				if strings.HasSuffix(r.Path, "/help") {
					require.Equal(t, "alice", r.User)
				}
			}
			chat.As("@bob").Say("!st2 greet me").ExpectContains("You are not logged in")
		})
	}
}

// What can be wrong with an attempt, and what becomes of the link.
func TestLogInIsRefused(t *testing.T) {
	t.Parallel()
	srv, chat := newLogins(t)
	alice := chat.As("@alice")
	for name, c := range map[string]struct {
		fields []string
		status int
		code   int
		want   string
		link   string
	}{
		"wrong word":     {[]string{"secret_word", "another", "api_key", "k"}, 403, 3, "That is not the secret word", "waiting"},
		"wrong password": {[]string{"secret_word", aliceWord, "username", "alice", "password", "no"}, 403, 4, "does not accept this user name and password", "waiting"},
		"a colon":        {[]string{"secret_word", aliceWord, "username", "a:b", "password", "no"}, 403, 4, "does not accept this user name and password", "waiting"},
		"wrong token":    {[]string{"secret_word", aliceWord, "token", "no"}, 403, 4, "does not accept this token", "waiting"},
		"a broken token": {[]string{"secret_word", aliceWord, "token", "n o"}, 403, 4, "does not accept this token", "waiting"},
		"expired token":  {[]string{"secret_word", aliceWord, "token", srv.Token("alice", -1)}, 403, 4, "does not accept this token", "waiting"},
		"wrong key":      {[]string{"secret_word", aliceWord, "api_key", "no"}, 403, 4, "does not accept this API key", "waiting"},
		"no word":        {[]string{"api_key", "no"}, 400, 2, "expected secret_word", "waiting"},
		"no credentials": {[]string{"secret_word", aliceWord}, 400, 2, "either username and password", "waiting"},
		"half of them":   {[]string{"secret_word", aliceWord, "username", "alice"}, 400, 2, "either username and password", "waiting"},
		"two ways":       {[]string{"secret_word", aliceWord, "token", "a", "api_key", "b"}, 400, 2, "either username and password", "waiting"},
	} {
		link := startSession(t, alice, aliceWord)
		answer := logIn(t, chat, link, c.fields...)
		require.Contains(t, answer.Message, c.want, name)
		require.Equal(t, c.status, answer.Status, name)
		require.Equal(t, c.code, *answer.Code, name)
		require.Equal(t, c.link, answer.Link, name)
		require.False(t, *answer.Authenticated, name)
	}

	// StackStorm is away: nothing is lost by it.
	link := startSession(t, alice, aliceWord)
	srv.SetFaults(st2test.Faults{AuthDown: true, APIDown: true})
	for range 10 {
		answer := logIn(t, chat, link, "secret_word", aliceWord, "username", "alice", "password", alicePassword)
		require.Equal(t, []int{503, 7}, []int{answer.Status, *answer.Code})
		require.Equal(t, "waiting", answer.Link)
	}
	srv.SetFaults(st2test.Faults{})
	require.True(t, *logIn(t, chat, link, "secret_word", aliceWord, "username", "alice", "password", alicePassword).Authenticated)
	alice.ExpectContains("You are logged in")

	// A used link stays used, and the session that it made stays.
	answer := logIn(t, chat, link, "secret_word", aliceWord, "api_key", srv.AddAPIKey("bob"))
	require.Equal(t, []int{410, 1}, []int{answer.Status, *answer.Code})
	require.Contains(t, answer.Message, "has been used")
	srv.ForgetRequests()
	alice.Say("!st2 greet you").Expect("Greeting you.", "Hello you!")
	require.Equal(t, []string{"alice 201"}, runAs(srv))

	// A newer link takes an older one's place.
	older := startSession(t, alice, aliceWord)
	newer := startSession(t, alice, "another word")
	answer = logIn(t, chat, older, "secret_word", aliceWord, "api_key", "x")
	require.Equal(t, "withdrawn", answer.Link)
	require.Equal(t, "waiting", answerOf(t, chat.Get("/login/authenticate/"+newer).Result()).Link)

	// A link takes five attempts.
	for range 5 {
		answer = logIn(t, chat, newer, "secret_word", "no", "api_key", "x")
	}
	require.Equal(t, 3, *answer.Code)
	answer = logIn(t, chat, newer, "secret_word", "another word", "api_key", srv.AddAPIKey("bob"))
	require.Equal(t, 410, answer.Status)
	require.Contains(t, answer.Message, "Too many attempts were made with this login link")

	// And an address twenty.
	for range 20 {
		answer = logIn(t, chat, "nope", "secret_word", "no", "api_key", "x")
	}
	require.Equal(t, []int{429, 5}, []int{answer.Status, *answer.Code})
	require.Contains(t, answer.Message, "Too many attempts. Wait 15 minutes")
}

// Looking at a link, as browsers and previews of links do, changes nothing; using it at the
// same time works once.
func TestLinkIsUsedOnce(t *testing.T) {
	t.Parallel()
	srv, chat := newLogins(t)
	alice := chat.As("@alice")
	link := startSession(t, alice, aliceWord)
	for range 30 {
		require.Equal(t, http.StatusOK, chat.Do("HEAD", "/login/authenticate/"+link, "", nil).Code)
		require.Equal(t, "waiting", answerOf(t, chat.Get("/login/authenticate/"+link).Result()).Link)
		require.Equal(t, http.StatusOK, chat.Get("/").Code)
	}
	key := srv.AddAPIKey("alice")
	codes := make(chan int, 5)
	var all sync.WaitGroup
	for range cap(codes) {
		all.Go(func() { codes <- *logIn(t, chat, link, "secret_word", aliceWord, "api_key", key).Code })
	}
	all.Wait()
	close(codes)
	succeeded := 0
	for code := range codes {
		if code == 0 {
			succeeded++
		}
	}
	require.Equal(t, 1, succeeded)
	alice.ExpectContains("You are logged in").ExpectNothing()
	require.Equal(t, "used", answerOf(t, chat.Get("/login/authenticate/"+link).Result()).Link)
	require.Equal(t, "unknown", answerOf(t, chat.Get("/login/authenticate/nope").Result()).Link)
}

func TestSessionCommands(t *testing.T) {
	t.Parallel()
	srv, chat := newLogins(t)
	alice, admin := chat.As("@alice"), chat.As(bottest.Admin)
	alice.Say("!st2session_start").ExpectContains("Give a secret word that you make up: !st2session_start <secret word>.")
	alice.Say("!st2session_start short").Expect("That secret word cannot be used: it needs at least 6 characters, and at most 256 bytes.")
	alice.In("#ops").Say("!st2session_start "+aliceWord).ExpectContains("in a private conversation", "choose another one there")
	alice.In("#ops").Say("!st2session_start").ExpectContains("in a private conversation", "Send me !st2session_start <secret word> there.")
	alice.Say("!st2session_end").Expect("You have no StackStorm session.")
	alice.Say("!st2session_list").ExpectContains("bot-admin")
	alice.Say("!st2session_cancel @alice").ExpectContains("bot-admin")
	admin.Say("!st2session_list").Expect("Nobody has a StackStorm session.")
	admin.Say("!st2session_cancel").ExpectContains("Whose session?")
	admin.Say("!st2session_cancel @alice").ExpectContains("There is no such session.")

	loggedIn(t, srv, chat, "@alice", "alice")
	startSession(t, chat.As("@bob"), aliceWord)
	list := admin.Say("!st2session_list").Next().Body
	require.Regexp(t, `^@alice is alice, by API key, until 20[^(]+\([0-9a-f-]{36}\)
@bob has yet to log in, until 20[^(]+\([0-9a-f-]{36}\)$`, list)

	alice.Say("!st2session_end").Expect("Your StackStorm session is over, and your credentials are forgotten.")
	alice.Say("!st2 greet you").Expect("Your StackStorm session is over: it was ended." + loginHint)
	loggedIn(t, srv, chat, "@alice", "alice")
	admin.Say("!st2session_cancel alice").Expect("Cancelled: @alice.")
	alice.Say("!st2 greet you").Expect("Your StackStorm session is over: an administrator cancelled it." + loginHint)
	id := regexp.MustCompile(`\((.*)\)`).FindStringSubmatch(admin.Say("!st2session_list").Next().Body)[1]
	admin.Say("!st2session_cancel " + id).Expect("Cancelled: @bob.")
	admin.Say("!st2session_list").Expect("Nobody has a StackStorm session.")
}

// The word is no command of the past, and with another prefix the commands have two names.
func TestSessionStartIsNotRecorded(t *testing.T) {
	t.Parallel()
	_, chat := newLogins(t, "plugin_prefix: p")
	alice := chat.As("@alice")
	startSession(t, alice, aliceWord)
	alice.Say("!!").ExpectNothing()
	alice.Say("!psession_start " + aliceWord).ExpectContains("Open https://")
	alice.Say("!!").ExpectNothing()
}

// StackStorm takes a credential away: told with the way back in, once it has been noticed.
func TestSessionIsLost(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		loss func(srv *st2test.Server)
		want string
	}{
		"token revoked": {(*st2test.Server).RevokeTokens, "StackStorm no longer accepts its token"},
		"token expired": {(*st2test.Server).ExpireTokens, "StackStorm no longer accepts its token"},
		"user removed":  {func(srv *st2test.Server) { srv.RemoveUser("alice") }, "its user has been removed from StackStorm"},
	} {
		for _, command := range []string{"!st2 greet you", "!st2help"} {
			t.Run(name+command, func(t *testing.T) {
				t.Parallel()
				srv, chat := newLogins(t)
				alice := chat.As("@alice")
				link := startSession(t, alice, aliceWord)
				logIn(t, chat, link, "secret_word", aliceWord, "username", "alice", "password", alicePassword)
				alice.ExpectContains("You are logged in")
				alice.Say("!st2 greet you").Expect("Greeting you.", "Hello you!")
				c.loss(srv)
				alice.Say(command).Expect("Your StackStorm session is over: " + c.want + "." + loginHint).ExpectNothing()
				alice.Say(command).Expect("Your StackStorm session is over: " + c.want + "." + loginHint).ExpectNothing()
				chat.As(bottest.Admin).ExpectNothing()
				loggedIn(t, srv, chat, "@alice", "bob")
				alice.Say("!st2 greet you").Expect("Greeting you.", "Hello you!")
			})
		}
	}
}

// A token asks for user_token_ttl, and less where StackStorm allows only less.
func TestUserTokenTTL(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t, st2test.WithTokenTTL(30*time.Minute))
	srv.AddUser("alice", alicePassword)
	chat := newChat(t, srv, clientsideAuth, "session_ttl: 2h")
	alice := chat.As("@alice")
	link := startSession(t, alice, aliceWord)
	logIn(t, chat, link, "secret_word", aliceWord, "username", "alice", "password", alicePassword)
	text := alice.Next().Body
	until, err := time.ParseInLocation("2006-01-02 15:04 MST", regexp.MustCompile(`until (.*?)\. `).FindStringSubmatch(text)[1], time.Local)
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().Add(30*time.Minute), until, 2*time.Minute, text)
}

// People see suggestions of what they themselves may run.
func TestSuggestionsArePersonal(t *testing.T) {
	t.Parallel()
	srv, chat := newLogins(t)
	loggedIn(t, srv, chat, "@alice", "alice")
	loggedIn(t, srv, chat, "@bob", "bob")
	srv.Deny("bob", "action_alias_list")
	chat.As("@alice").Say("!st2 gret you").ExpectContains(`Did you mean "!st2 greet {{name}}"?`)
	require.NotContains(t, chat.As("@bob").Say("!st2 gret you").Next().Body, "Did you mean")
}

// Sessions outlast a restart in the encrypted store, and nothing of them can be read there.
func TestSessionsSurviveRestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	keyFile := filepath.Join(dir, "key")
	require.NoError(t, os.WriteFile(keyFile, []byte("4ERBWzXb0bRtcpxyGEjHLy2sNXYDOTE2kTdnGJXPbHk="), 0o600))
	store := "secrets_store: {encrypted: {file: " + filepath.Join(dir, "secrets") + ", key_file: " + keyFile + "}}"
	srv, chat := newLogins(t, store)
	loggedIn(t, srv, chat, "@alice", "alice")
	waiting := startSession(t, chat.As("@bob"), aliceWord)
	require.NoError(t, chat.Stop())

	chat = newChat(t, srv, clientsideAuth, store)
	srv.ForgetRequests()
	chat.As("@alice").Say("!st2 greet you").Expect("Greeting you.", "Hello you!")
	require.Equal(t, []string{"alice 201"}, runAs(srv))
	require.Equal(t, "unknown", answerOf(t, chat.Get("/login/authenticate/"+waiting).Result()).Link)

	// Another bot on the same file, and another key: both say what is wrong.
	second := newChat(t, srv, clientsideAuth, store)
	second.As(bottest.Admin).ExpectContains("a bot already runs on it")
	require.NoError(t, second.Stop())
	require.NoError(t, chat.Stop())
	before, err := os.ReadFile(filepath.Join(dir, "secrets"))
	require.NoError(t, err)
	require.NotContains(t, string(before), "alice")
	require.NoError(t, os.WriteFile(keyFile, []byte("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"), 0o600))
	wrong := newChat(t, srv, clientsideAuth, store)
	wrong.As(bottest.Admin).ExpectContains(session.ErrWrongKey.Error())
	require.NoError(t, wrong.Stop())
	after, err := os.ReadFile(filepath.Join(dir, "secrets"))
	require.NoError(t, err)
	require.Equal(t, before, after)
}

// Reactivation closes the store and opens it again.
func TestSessionsSurviveReactivation(t *testing.T) {
	t.Parallel()
	store := "secrets_store: {encrypted: {file: " + filepath.Join(t.TempDir(), "secrets") + ", key_command: [echo, 4ERBWzXb0bRtcpxyGEjHLy2sNXYDOTE2kTdnGJXPbHk=]}}"
	srv, chat := newLogins(t, store)
	loggedIn(t, srv, chat, "@alice", "alice")
	require.NoError(t, chat.Bot.Deactivate(t.Context(), "St2"))
	require.Equal(t, http.StatusNotFound, chat.Get("/").Code)
	require.NoError(t, chat.Bot.Activate(t.Context(), "St2"))
	chat.As("@alice").Say("!st2 greet you").Expect("Greeting you.", "Hello you!")
}

// The configuration in effect can be printed, with its mode and its store.
func TestIdentityConfigIsShown(t *testing.T) {
	t.Parallel()
	shown := shownConfig(t, addresses+"\n  api_auth: {apikey: the-key}\n"+
		"  rbac_auth: {clientside: {url: 'https://bot.example.com', trusted_proxies: [192.0.2.1]}}\n"+
		"  secrets_store: {encrypted: {file: s, key_command: [pass, show, st2]}}")
	require.Contains(t, shown, "url: https://bot.example.com\n")
	require.Contains(t, shown, "link_ttl: 900\n")
	require.Contains(t, shown, "key_command:")
	shown = shownConfig(t, addresses+"\n  api_auth: {user: {name: a, password: secret}}\n  rbac_auth: {serverside: }")
	require.Contains(t, shown, "serverside:\n")
	require.Contains(t, shown, "secrets_store: cleartext\n")
	require.NotContains(t, shown, "secret\n")
}

// shownConfig returns how a section prints.
func shownConfig(t *testing.T, text string) string {
	t.Helper()
	doc, err := conf.Parse("bot.yaml", []byte("stackstorm:"+text), nil)
	require.NoError(t, err)
	plugin := st2.New()
	require.NoError(t, plugin.Configure(doc.Section("stackstorm")))
	shown, err := conf.Encode(plugin.Config())
	require.NoError(t, err)
	return string(shown)
}

// A login page that nobody can reach is told at the start, with what to do.
func TestLoginWithoutWebServer(t *testing.T) {
	t.Parallel()
	const warning = "the bot has no web server, so nobody can log in at https://bot.example.com; add the section webserver"
	srv := newStackStorm(t)
	require.Contains(t, newChat(t, srv, clientsideAuth).Log(), warning)
	require.NotContains(t, newChat(t, srv).Log(), "no web server")
	served := bottest.WithConfig(func(cfg *bot.Config) { cfg.Webserver = &bot.Webserver{Host: "127.0.0.1"} })
	chat := bottest.NewWith(t, []bottest.Option{configured(t, section(srv, clientsideAuth)), served}, st2.New())
	require.NotContains(t, chat.Log(), "no web server")
}
