package mattermost_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/mattermost"
)

// inFront returns a server in front of the real one, which deals with some requests itself.
func (s *scene) inFront(start func(h http.Handler) *httptest.Server, own func(w http.ResponseWriter, r *http.Request, next http.Handler)) *httptest.Server {
	target, err := url.Parse(s.url)
	require.NoError(s, err)
	next := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport: &http.Transport{DisableKeepAlives: true},
	}
	front := start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { own(w, r, next) }))
	s.Cleanup(front.Close)
	return front
}

func pass(w http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(w, r) }

func isPost(r *http.Request) bool {
	return r.Method == http.MethodPost && r.URL.Path == "/api/v4/posts"
}

func TestSelfSigned(t *testing.T) {
	s := newScene(t)
	front := s.inFront(httptest.NewTLSServer, pass)
	connect := func(c *tls.Config) error {
		s.bot = s.another(func(o *mattermost.Options) { o.Server, o.TLS = front.URL, c })
		h := s.run()
		select {
		case <-h.connected:
			s.send(&backend.Message{Ref: s.roomRef(), Body: "over TLS"})
			require.Equal(t, "over TLS", s.alice.hear(s.room.Id).Message)
			h.cancel()
			return h.end()
		case err := <-h.ended:
			return err
		}
	}
	require.ErrorContains(t, connect(nil), "certificate")
	require.NoError(t, connect(&tls.Config{InsecureSkipVerify: true}))
	pool := x509.NewCertPool()
	pool.AddCert(front.Certificate())
	require.NoError(t, connect(&tls.Config{RootCAs: pool}))
}

func TestSendHonoursTheRateLimit(t *testing.T) {
	s := newScene(t)
	front := s.inFront(httptest.NewServer, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if isPost(r) {
			w.Header().Set("X-RateLimit-Limit", "10")
			w.Header().Set("Retry-After", "7")
			http.Error(w, "limit exceeded", http.StatusTooManyRequests)
			return
		}
		next.ServeHTTP(w, r)
	})
	s.bot = s.another(func(o *mattermost.Options) { o.Server = front.URL })
	s.connect()
	_, err := s.bot.Send(t.Context(), &backend.Message{Ref: s.roomRef(), Body: "too much"})
	var again *backend.RetryableError
	require.ErrorAs(t, err, &again)
	require.Equal(t, 7*time.Second, again.After)
}

// The server takes a post and the answer is lost: sending again does not double it.
func TestLostAnswerDoublesNothing(t *testing.T) {
	s := newScene(t)
	var lost atomic.Int32
	front := s.inFront(httptest.NewServer, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if isPost(r) && lost.Add(1) <= 2 {
			next.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler) // cuts the connection
		}
		next.ServeHTTP(w, r)
	})
	s.bot = s.another(func(o *mattermost.Options) { o.Server = front.URL })
	s.connect()
	m := &backend.Message{Ref: s.roomRef(), Body: "once"}
	var again *backend.RetryableError
	for range 2 {
		_, err := s.bot.Send(t.Context(), m)
		require.ErrorAs(t, err, &again)
	}
	s.send(m)
	s.send(&backend.Message{Ref: s.roomRef(), Body: "the end"})
	require.Equal(t, "once", s.alice.hear(s.room.Id).Message)
	require.Equal(t, "the end", s.alice.hear(s.room.Id).Message)

	// The same text once more, when nothing is open, is another message.
	s.send(m)
	require.Equal(t, "once", s.alice.hear(s.room.Id).Message)
}

// A server that stops answering is given up.
func TestSilentServer(t *testing.T) {
	s := newScene(t)
	s.bot = s.another(func(o *mattermost.Options) { o.Timeout = 300 * time.Millisecond })
	h := s.connect()
	s.proxy.freeze()
	require.ErrorContains(t, h.end(), "timeout")
}
