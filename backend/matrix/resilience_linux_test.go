package matrix_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/matrix"
)

// What was said too long ago is not acted upon.
func TestOldMessagesOfTheGapAreDelayed(t *testing.T) {
	s := newScene(t, func(o *matrix.Options) { o.CatchUp = 3 * time.Second })
	h := s.connect()
	s.alice.say(s.room, "before")
	require.False(t, next[*backend.Message](h).Delayed)
	s.front.cut()
	require.Error(t, h.end())
	s.alice.say(s.room, "while away")
	require.Eventually(t, func() bool { return s.age() > 3*time.Second }, patience, 100*time.Millisecond)
	h = s.connect()
	m := next[*backend.Message](h)
	require.Equal(t, "while away", m.Body)
	require.True(t, m.Delayed)
	s.alice.say(s.room, "now")
	require.False(t, next[*backend.Message](h).Delayed)
}

// age is how long ago the newest message of the room was said.
func (s *scene) age() time.Duration {
	var page struct {
		Chunk []struct {
			At int64 `json:"origin_server_ts"`
		} `json:"chunk"`
	}
	s.alice.must("GET", "rooms/"+s.room+"/messages?dir=b&limit=1", nil, &page)
	return time.Since(time.UnixMilli(page.Chunk[0].At))
}

// More was missed than one answer of the server holds.
func TestWideGap(t *testing.T) {
	s := newScene(t)
	h := s.connect()
	s.alice.say(s.room, "before")
	require.Equal(t, "before", next[*backend.Message](h).Body)
	s.front.cut()
	require.Error(t, h.end())
	const many = 250
	for i := range many {
		s.alice.say(s.room, fmt.Sprintf("message %d", i))
	}
	h = s.connect()
	for i := range many {
		require.Equal(t, fmt.Sprintf("message %d", i), next[*backend.Message](h).Body)
	}
}

// With a file for the position, what was said while no process ran is read once.
func TestPositionIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "position")
	keep := func(o *matrix.Options) { o.Position = path }
	s := newScene(t, keep)
	h := s.connect()
	s.alice.say(s.room, "first")
	require.Equal(t, "first", next[*backend.Message](h).Body)
	h.cancel()
	require.NoError(t, h.end())
	for i := range 120 {
		s.alice.say(s.room, fmt.Sprintf("meanwhile %d", i))
	}
	s.bot = s.another(keep)
	h = s.connect()
	for i := range 120 {
		m := next[*backend.Message](h)
		require.Equal(t, fmt.Sprintf("meanwhile %d", i), m.Body)
		require.False(t, m.Delayed)
		require.Equal(t, s.alias, m.Room.ACL, "what is known of rooms is asked for again")
	}
	h.cancel()
	require.NoError(t, h.end())
	s.bot = s.another(keep)
	h = s.connect()
	s.alice.say(s.room, "last")
	require.Equal(t, "last", next[*backend.Message](h).Body)
}

// The server takes a message and the answer is lost: sending again does not double it.
func TestLostAnswerDoublesNothing(t *testing.T) {
	s := newScene(t)
	s.connect()
	ref := s.roomRef()
	var lost atomic.Int32
	s.front.meddle(func(w http.ResponseWriter, r *http.Request, f *front) {
		if isSend(r) && lost.Add(1)%3 != 0 {
			f.pass(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler) // cuts the connection
		}
		f.pass(w, r)
	})
	file := &backend.Upload{Name: "f.txt", Type: "text/plain", Content: []byte("x")}
	for _, send := range []func() (backend.Ref, error){
		func() (backend.Ref, error) { return s.bot.Send(t.Context(), &backend.Message{Ref: ref, Body: "once"}) },
		func() (backend.Ref, error) {
			return s.bot.SendFile(t.Context(), file, &backend.Message{Ref: ref, Body: "a file"})
		},
	} {
		var again *backend.RetryableError
		for range 2 {
			_, err := send()
			require.ErrorAs(t, err, &again)
		}
		_, err := send()
		require.NoError(t, err)
	}
	lost.Store(2)
	s.send(&backend.Message{Ref: ref, Body: "once"}) // nothing is open: it is another message
	for _, want := range []string{"once", "a file", "once"} {
		require.Equal(t, want, s.alice.see("message", s.room).shown())
	}
	s.alice.see("file", s.room)
	require.Empty(t, s.alice.queue("file", s.room))
	require.Empty(t, s.alice.queue("message", s.room))
}

// The limit that a server sets is told to the host.
func TestSendHonoursTheRateLimit(t *testing.T) {
	s := newScene(t)
	s.connect()
	ref := s.roomRef()
	for header, want := range map[string]time.Duration{"": 1234 * time.Millisecond, "7": 7 * time.Second} {
		s.front.meddle(func(w http.ResponseWriter, r *http.Request, f *front) {
			if !isSend(r) {
				f.pass(w, r)
				return
			}
			if header != "" {
				w.Header().Set("Retry-After", header)
			}
			w.WriteHeader(http.StatusTooManyRequests)
			fmt.Fprint(w, `{"errcode":"M_LIMIT_EXCEEDED","error":"slow","retry_after_ms":1234}`)
		})
		_, err := s.bot.Send(t.Context(), &backend.Message{Ref: ref, Body: "too much"})
		var again *backend.RetryableError
		require.ErrorAs(t, err, &again)
		require.Equal(t, want, again.After)
	}
}

// A server that is restarted loses its side of the connection.
func TestServerRestart(t *testing.T) {
	s := newScene(t)
	h := s.connect()
	s.alice.say(s.room, "before")
	require.Equal(t, "before", next[*backend.Message](h).Body)
	s.restart()
	require.Error(t, h.end())
	s.alice.say(s.room, "after")
	h = s.connect()
	require.Equal(t, "after", next[*backend.Message](h).Body)
	s.send(&backend.Message{Ref: s.roomRef(), Body: "still here"})
	require.Equal(t, "still here", s.alice.see("message", s.room).shown())
}

// A server that stops answering is given up.
func TestSilentServer(t *testing.T) {
	s := newScene(t, func(o *matrix.Options) { o.Timeout = 300 * time.Millisecond })
	h := s.connect()
	s.front.meddle(func(_ http.ResponseWriter, r *http.Request, _ *front) { <-r.Context().Done() })
	require.ErrorContains(t, h.end(), "silent")
}
