package client_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-errbot/errbot/st2/client"
	"github.com/stretchr/testify/require"
)

func TestSilentConnectionIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := script(saysAndStays("\n"), saysAndStays("\n"+announce("again")))
		l := listen(t, memory(t, key, s), client.StreamOptions{})
		pass(209 * time.Second)
		require.Len(t, s.requests(), 1, "longer silent than nginx allows, but not yet too long")
		pass(3 * time.Second)
		require.Len(t, s.requests(), 2)
		got := l.end(t)
		require.Equal(t, []string{"again"}, got.messages)
		require.ErrorContains(t, got.states[2].Err, "silent for too long")
	})
}

func TestHeartbeatsKeepTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := script(func(w http.ResponseWriter, r *http.Request) {
			begin(w)
			for r.Context().Err() == nil {
				write(w, "\n")
				hold(25 * time.Second)
			}
		})
		l := listen(t, memory(t, key, s), client.StreamOptions{})
		pass(time.Hour)
		require.Len(t, s.requests(), 1)
		l.end(t)
		pass(time.Minute) // for the server to see it
	})
}

func TestSlowHandlerIsNotSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := script(saysAndStays("\n" + announce("one") + announce("two") + announce("three")))
		l := listen(t, memory(t, key, s), client.StreamOptions{}, func(client.Event) error { hold(150 * time.Second); return nil })
		pass(460 * time.Second)
		got := l.end(t)
		require.Equal(t, []string{"one", "two", "three"}, got.messages)
		require.Len(t, s.requests(), 1)
	})
}

// nginx answers 200 for a service that is down; that is no connection.
func TestNginxPageIsNoConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := script(slices.Repeat([]conn{nginxPage}, 5)...)
		l := listen(t, memory(t, key, s), client.StreamOptions{MinBackoff: 100 * time.Millisecond})
		synctest.Wait()
		got := l.so()
		require.Equal(t, []client.Phase{client.Connecting, client.Disconnected}, got.phases())
		require.ErrorIs(t, got.last().Err, client.ErrUnavailable)
		require.GreaterOrEqual(t, time.Until(got.last().Next), 500*time.Millisecond, "retry: 1000 is the base")
		require.LessOrEqual(t, time.Until(got.last().Next), time.Second)

		pass(time.Minute)
		got = l.end(t)
		require.Equal(t, []client.Phase{client.Connecting, client.Disconnected, client.Connected}, got.phases(),
			"attempts that fail alike are one state")
		require.Len(t, s.requests(), 6)
	})
}

func TestEmptyAnswerIsAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := script(says(""), says(""), says(""))
		l := listen(t, memory(t, key, s), client.StreamOptions{})
		pass(10 * time.Second)
		got := l.end(t)
		require.Equal(t, []client.Phase{client.Connecting, client.Disconnected, client.Connected}, got.phases())
	})
}

func TestDelaysGrowAndStartAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var good atomic.Bool
		s := &spy{next: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if good.Load() {
				says("\n")(w, r)
			}
			answers(http.StatusBadGateway, "<html>")(w, r)
		})}
		l := listen(t, memory(t, key, s), client.StreamOptions{})
		pass(10 * time.Minute)
		log := s.requests()
		for i, most := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60, 60} {
			waited := log[i+1].at.Sub(log[i].at)
			require.LessOrEqual(t, waited, most*time.Second, "attempt %d", i+1)
			require.GreaterOrEqual(t, waited, most*time.Second/2, "attempt %d", i+1)
		}
		good.Store(true)
		pass(2 * time.Minute)
		l.end(t)
		log = s.requests()
		n := len(log)
		require.LessOrEqual(t, log[n-1].at.Sub(log[n-2].at), time.Second, "a good connection starts it again")
	})
}

func TestStreamRenewsTheToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := &tokenServer{api: script(says("\n"+announce("one")), saysAndStays("\n"+announce("two"))).next}
		l := listen(t, memory(t, login, srv), client.StreamOptions{})
		synctest.Wait()
		srv.issued.Add(1) // the token is revoked before the second connection
		pass(5 * time.Second)
		got := l.end(t)
		require.Equal(t, []string{"one", "two"}, got.messages)
		require.Equal(t, []client.Phase{client.Connecting, client.Connected, client.Disconnected, client.Connected}, got.phases())
	})
}

// What will not pass by itself is told once and tried rarely.
func TestStreamRefused(t *testing.T) {
	for _, tc := range []struct {
		name   string
		answer http.Handler
		want   error
	}{
		{"token rejected", recorded(t, "stream.refused.bad-token"), client.ErrCredentialRejected},
		{"no permission", answers(403, `{"faultstring":"User \"bob\" doesn't have required permission \"stream_view\""}`), client.ErrForbidden},
		{"user gone", recorded(t, "misc.token-of-deleted-user.user"), client.ErrUserGone},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &spy{next: tc.answer}
				l := listen(t, memory(t, token, s), client.StreamOptions{})
				pass(10 * time.Minute)
				got := l.end(t)
				require.Equal(t, []client.Phase{client.Connecting, client.Disconnected}, got.phases())
				require.ErrorIs(t, got.last().Err, tc.want)
				require.Greater(t, len(s.requests()), 5, "it is never given up")
				log := s.requests()
				require.GreaterOrEqual(t, log[1].at.Sub(log[0].at), 30*time.Second, "nor hurried")
			})
		})
	}
}

func TestStreamReportsAnotherReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		forbidden := answers(403, `{"faultstring":"no"}`)
		down := answers(503, nginx503)
		l := listen(t, memory(t, key, script(conn(down), conn(down), conn(forbidden), conn(forbidden))), client.StreamOptions{})
		pass(3 * time.Minute)
		got := l.end(t)
		require.Equal(t, []client.Phase{client.Connecting, client.Disconnected, client.Disconnected, client.Connected}, got.phases())
		require.ErrorIs(t, got.states[1].Err, client.ErrUnavailable)
		require.ErrorIs(t, got.states[2].Err, client.ErrForbidden)
	})
}

func TestPortalIsNoStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := listen(t, memory(t, key, script(conn(answers(200, portal)))), client.StreamOptions{})
		synctest.Wait()
		got := l.end(t)
		require.Equal(t, client.Disconnected, got.last().Phase)
		require.ErrorContains(t, got.last().Err, "the answer is no event stream")
		require.NotContains(t, got.last().Err.Error(), "Sign in")
	})
}

func TestCompressedStreamIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := listen(t, memory(t, key, script(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			saysAndStays("\x1f\x8b")(w, r)
		})), client.StreamOptions{})
		synctest.Wait()
		got := l.end(t)
		require.ErrorContains(t, got.last().Err, "the stream comes compressed (gzip)")
	})
}

func TestStreamOutlivesItsServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refuse := errors.New("connection refused")
		transport := roundTrip(func(*http.Request) (*http.Response, error) { return nil, refuse })
		c := memory(t, key, script(), func(cfg *client.Config) { cfg.Transport = transport })
		l := listen(t, c, client.StreamOptions{})
		pass(24 * time.Hour)
		got := l.end(t)
		require.Equal(t, []client.Phase{client.Connecting, client.Disconnected}, got.phases())
		require.ErrorIs(t, got.last().Err, refuse)
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestStreamEndsPromptly(t *testing.T) {
	for name, tc := range map[string]struct {
		conn   conn
		handle func(client.Event) error
	}{
		"while it waits for the answer":     {conn: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }},
		"while it waits for the first byte": {conn: saysAndStays("")},
		"while it waits for an event":       {conn: saysAndStays("\n")},
		"in the middle of an event":         {conn: saysAndStays("\nevent: x\ndata: 1")},
		"while it waits to try again":       {conn: conn(answers(502, ""))},
		"with events not yet handled":       {conn: saysAndStays("\n" + strings.Repeat(announce("x"), 1000)), handle: func(client.Event) error { hold(time.Second); return nil }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var handle []func(client.Event) error
				if tc.handle != nil {
					handle = append(handle, tc.handle)
				}
				l := listen(t, memory(t, key, script(tc.conn)), client.StreamOptions{}, handle...)
				synctest.Wait()
				start := time.Now()
				got := l.end(t)
				require.LessOrEqual(t, time.Since(start), time.Second, "at most the handler's present event")
				require.LessOrEqual(t, len(got.events), 1)
			})
		})
	}
}
