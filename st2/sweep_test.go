package st2_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/st2"
	"github.com/go-errbot/errbot/st2/doctor"
	"github.com/go-errbot/errbot/st2/st2test"
)

// sweep collects what others may read and what must not be in it.
type sweep struct {
	t     *testing.T
	srv   *st2test.Server
	mu    sync.Mutex
	shown strings.Builder
	never []string // what must not be shown
	urls  []string
}

// front puts a proxy before the StackStorm of a configuration, which learns the tokens that are
// issued, and returns the configuration with its addresses.
func (s *sweep) front(more ...string) string {
	s.t.Helper()
	target, err := url.Parse(s.srv.URL())
	require.NoError(s.t, err)
	issued := regexp.MustCompile(`"token": ?"([^"]+)"`)
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.FlushInterval = -1
	proxy.ModifyResponse = func(r *http.Response) error {
		if !strings.HasSuffix(r.Request.URL.Path, "/tokens") {
			return nil
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		for _, found := range issued.FindAllStringSubmatch(string(body), -1) {
			s.hide(found[1])
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		return nil
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.urls = append(s.urls, r.URL.String())
		s.mu.Unlock()
		proxy.ServeHTTP(w, r)
	}))
	s.t.Cleanup(func() {
		server.CloseClientConnections() // streams do not end by themselves
		server.Close()
	})
	return strings.ReplaceAll(section(s.srv, more...), s.srv.URL(), server.URL)
}

// hide adds what must not be shown.
func (s *sweep) hide(secrets ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.never = append(s.never, secrets...)
}

func (s *sweep) show(text string) { s.shown.WriteString(text + "\n") }

// say says something and shows every answer.
func (s *sweep) say(who *bottest.Conversation, text string) (first string) {
	who.Say(text)
	for i, m := range who.Drain() {
		if i == 0 {
			first = m.Body
		}
		s.show(m.Body + fmt.Sprint(m.Extras))
	}
	return first
}

// end stops the bot and looks at everything.
func (s *sweep) end(chat *bottest.Chat) {
	s.t.Helper()
	require.NoError(s.t, chat.Stop())
	s.mu.Lock()
	defer s.mu.Unlock()
	require.Contains(s.t, chat.Log(), "level=DEBUG")
	require.Contains(s.t, chat.Log(), "StackStorm call")
	require.NotEmpty(s.t, s.urls)
	for _, secret := range s.never {
		require.NotEmpty(s.t, secret)
		require.NotContains(s.t, chat.Log(), secret)
		require.NotContains(s.t, s.shown.String(), secret)
		require.NotContains(s.t, strings.Join(s.urls, "\n"), secret)
	}
}

// commands gives commands while all is well, while tokens end, and while StackStorm fails in
// every way.
func (s *sweep) commands(chat *bottest.Chat) {
	alice := chat.As("@alice")
	all := func() {
		for _, command := range []string{
			"!st2 greet you", "!st2 nope", "!st2 greet x nope=1", "!st2help", "!st2execution list", "!st2inquiry list", "!status",
		} {
			s.say(alice, command)
		}
		s.show(chat.Get("/readyz").Body.String())
	}
	all()
	s.srv.RevokeTokens()
	all()
	s.srv.ExpireTokens()
	all()
	s.srv.DropStreams()
	for _, fault := range []st2test.Faults{{Unauthorized: true}, {AuthDown: true}, {APIDown: true}, {RabbitDown: true}} {
		s.srv.SetFaults(fault)
		s.srv.RevokeTokens()
		s.say(alice, "!st2 greet you")
		s.say(alice, "!st2execution list")
	}
	s.srv.SetFaults(st2test.Faults{})
	for _, body := range []string{`{"channel": "#ops", "message": "posted"}`, `{"channel": "#ops"`, `[]`} {
		s.show(chat.Post("/chatops/message", "application/json", strings.NewReader(body)).Body.String())
	}
}

// examine lets the doctor look at a configuration.
func (s *sweep) examine(text string) {
	s.t.Helper()
	doc, err := conf.Parse("bot.yaml", []byte("stackstorm:\n  "+strings.ReplaceAll(text, "\n", "\n  ")), nil)
	require.NoError(s.t, err)
	p := st2.New()
	require.NoError(s.t, p.Configure(doc.Section("stackstorm")))
	options := p.Doctor()
	options.NoProbe = true
	for _, r := range doctor.Run(s.t.Context(), options) {
		line, err := json.Marshal(r)
		require.NoError(s.t, err)
		s.show(string(line))
	}
	s.show(fmt.Sprintf("%+v", p.Config()))
}

// In every mode, whatever works and fails, no credential and no token that StackStorm has issued
// is in a log, an answer, what the doctor says, or an address.
func TestNoSecretInAnyMode(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string]func(s *sweep) []string{
		"password": func(*sweep) []string { return []string{passwordAuth} },
		"wrong password": func(s *sweep) []string {
			s.hide("wr0ng-password")
			return []string{"api_auth: {user: {name: errbot, password: wr0ng-password}}"}
		},
		"token": func(s *sweep) []string {
			token := s.srv.Token("errbot", 0)
			s.hide(token)
			return []string{"api_auth: {token: " + token + "}"}
		},
		"api key": func(s *sweep) []string {
			key := s.srv.AddAPIKey("errbot")
			s.hide(key)
			return []string{"api_auth: {apikey: " + key + "}"}
		},
		"serverside": func(*sweep) []string { return []string{serversideAuth} },
		"clientside": func(*sweep) []string { return []string{clientsideAuth} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &sweep{t: t, srv: newService(t, st2test.WithTokenTTL(time.Hour))}
			s.hide(password, alicePassword, "Basic ", "key_hash")
			text := s.front(mode(s)...)
			chat := bottest.NewWith(t, []bottest.Option{configured(t, text)}, st2.Impatient(st2.New()))
			if name == "clientside" {
				s.hide(aliceWord)
				link := startSession(t, chat.As("@alice"), aliceWord)
				answer := logIn(t, chat, link, "secret_word", aliceWord, "username", "alice", "password", alicePassword)
				require.True(t, *answer.Authenticated)
				s.show(answer.Message)
			}
			s.commands(chat)
			s.examine(text)
			s.end(chat)
		})
	}
}

// What is answered to a secret question, and what the second factor knows, is not shown either,
// whatever StackStorm makes of it.
func TestNoSecretAnswerIsShown(t *testing.T) {
	t.Parallel()
	const pin = "hunter2-is-the-pin"
	s := &sweep{t: t, srv: newAsking(t, asks(`{"type":"object","properties":{"pin":{"type":"string","secret":true,"required":true,"maxLength":30}}}`))}
	s.hide(password, pin)
	chat := bottest.NewWith(t, []bottest.Option{configured(t, s.front(passwordAuth))}, st2.New())
	room, alice := chat.As("@alice").In("#ops"), chat.As("@alice")
	id := deploy(t, room)
	for _, answer := range []string{" pin=" + pin, " pim=" + pin, ` {"pin":["` + pin + `"]}`, " " + pin, " pin=" + pin + strings.Repeat("x", 30)} {
		s.say(room, "!st2inquiry answer "+id+answer)
	}
	for _, fault := range []st2test.Faults{{Unauthorized: true}, {APIDown: true}} {
		s.srv.SetFaults(fault)
		s.say(alice, "!st2inquiry answer "+id+" pin="+pin)
		s.srv.SetFaults(st2test.Faults{})
	}
	s.say(alice, "!st2inquiry answer "+id)
	s.say(alice, pin+strings.Repeat("x", 30))
	s.srv.SetFaults(st2test.Faults{Unauthorized: true})
	s.say(alice, pin)
	s.srv.SetFaults(st2test.Faults{})
	require.Contains(t, s.say(alice, "!st2inquiry answer "+id), "Your next messages")
	require.Contains(t, s.say(alice, pin), "is answered")
	s.say(alice, "!st2inquiry answer "+id+" pin="+pin)
	s.say(alice, "!history")
	s.end(chat)
}

func TestNoSecondFactorIsShown(t *testing.T) {
	t.Parallel()
	b := newBank(t, payload{"twofactor": true, "approval": true})
	s := &sweep{t: t, srv: b.Server}
	chat := bottest.NewWith(t, []bottest.Option{configured(t, s.front(passwordAuth, withFactor))}, st2.New())
	alice, admin := chat.As("@alice"), chat.As(bottest.Admin)
	id := held(t, alice, "!st2 pay bob")
	factor := <-b.factor
	s.hide(factor, password)
	s.say(chat.As("@bob"), "!st2approve "+id)
	b.confirm(factor + "x")
	b.confirm(factor)
	alice.Expect("Paying.", "paid 1")
	b.confirm(factor)
	s.say(admin, "!st2audit")
	require.Contains(t, s.shown.String(), "confirmed "+id)
	s.end(chat)
}
