package matrix_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend/matrix"
	"github.com/go-errbot/errbot/bot/secret"
)

const patience = 20 * time.Second

// scene is one test's part of the server: a bot and a person, in a room and in a private
// conversation.
type scene struct {
	testing.TB
	*server
	bot    *matrix.Backend
	twin   *client // of the bot's account
	alice  *watcher
	room   string
	alias  string
	direct string
	front  *front
}

var names atomic.Int64 // of accounts and rooms

func newScene(t testing.TB, change ...func(o *matrix.Options)) *scene {
	s := &scene{TB: t, server: realServer(t)}
	n := names.Add(1)
	s.twin = register(t, s.url, fmt.Sprintf("bot-%d", n))
	person := register(t, s.url, fmt.Sprintf("alice-%d", n))
	name := fmt.Sprintf("room-%d", n)
	s.alias = "#" + name + ":" + serverName
	s.room = person.createRoom(object{
		"preset": "public_chat", "room_alias_name": name,
		"power_level_content_override": object{"events": object{"m.room.topic": 0}},
	})
	s.twin.join(s.room)
	s.direct = person.createRoom(object{"preset": "trusted_private_chat", "is_direct": true, "invite": []string{s.twin.user}})
	s.twin.join(s.direct)
	s.twin.setAccountData("m.direct", object{person.user: []string{s.direct}})
	s.alice = watch(person)
	s.front = newFront(t, s.url)
	s.bot = s.another(change...)
	return s
}

// another returns a bot behind the scene's front.
func (s *scene) another(change ...func(o *matrix.Options)) *matrix.Backend {
	options := matrix.Options{Server: s.front.URL, Token: secret.String(s.twin.token)}
	for _, f := range change {
		f(&options)
	}
	b, err := matrix.New(options)
	require.NoError(s, err)
	return b
}

func (s *scene) person(name string) *watcher {
	return watch(register(s, s.url, fmt.Sprintf("%s-%d", name, names.Add(1))))
}

// front stands between the bot and the server, so that its connections can be cut and its
// requests be dealt with in another way.
type front struct {
	*httptest.Server
	next http.Handler
	own  atomic.Pointer[handler]
}

// handler deals with a request, or passes it on to the server.
type handler func(w http.ResponseWriter, r *http.Request, f *front)

func newFront(t testing.TB, server string) *front {
	target, err := url.Parse(server)
	require.NoError(t, err)
	f := &front{next: &httputil.ReverseProxy{
		Rewrite:      func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport:    &http.Transport{DisableKeepAlives: true},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	return f
}

func (f *front) serve(w http.ResponseWriter, r *http.Request) {
	if own := f.own.Load(); own != nil {
		(*own)(w, r, f)
		return
	}
	f.pass(w, r)
}

// pass has the server answer a request. What the server has received it goes through with,
// also when nobody waits for the answer any more.
func (f *front) pass(w http.ResponseWriter, r *http.Request) {
	if !isSync(r) {
		r = r.WithContext(context.WithoutCancel(r.Context()))
	}
	f.next.ServeHTTP(w, r)
}

// cut ends all connections, whatever is under way on them.
func (f *front) cut() { f.CloseClientConnections() }

// meddle has requests dealt with in another way from now on.
func (f *front) meddle(h handler) { f.own.Store(&h) }

// throttle has the next message refused, as a homeserver's rate limit does it.
func (f *front) throttle() {
	var refused atomic.Bool
	f.meddle(func(w http.ResponseWriter, r *http.Request, f *front) {
		if !isSend(r) || refused.Swap(true) {
			f.pass(w, r)
			return
		}
		w.WriteHeader(http.StatusTooManyRequests)
		fmt.Fprint(w, `{"errcode":"M_LIMIT_EXCEEDED","error":"Too many requests","retry_after_ms":300}`)
	})
}

// lie has the server tell that a room without an alias has one.
func (f *front) lie(alias string) {
	f.meddle(func(w http.ResponseWriter, r *http.Request, f *front) {
		if !isSync(r) {
			f.pass(w, r)
			return
		}
		answer := httptest.NewRecorder()
		f.pass(answer, r)
		body := strings.ReplaceAll(answer.Body.String(), "#free:"+serverName, alias)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(answer.Code)
		fmt.Fprint(w, body)
	})
}
