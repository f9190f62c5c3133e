package mattermost_test

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/mattermost"
)

// What was said too long ago is not acted upon.
func TestOldMessagesOfTheGapAreDelayed(t *testing.T) {
	s := newScene(t, func(o *mattermost.Options) { o.CatchUp = -1 })
	h := s.connect()
	s.alice.say(s.room.Id, "before")
	require.Equal(t, "before", next[*backend.Message](h).Body)
	s.proxy.cut()
	require.Error(t, h.end())
	s.alice.say(s.room.Id, "while away")
	h = s.connect()
	m := next[*backend.Message](h)
	require.Equal(t, "while away", m.Body)
	require.True(t, m.Delayed)
	s.alice.say(s.room.Id, "now")
	require.False(t, next[*backend.Message](h).Delayed)
}

// What was said in a room before the bot was asked in is not meant for it; a conversation
// that somebody has begun meanwhile is.
func TestGapInNewPlaces(t *testing.T) {
	s := newScene(t)
	h := s.connect()
	s.proxy.cut()
	require.Error(t, h.end())
	bob := s.person("bob")
	fresh := s.channel(bob.me.Id)
	bob.say(fresh.Id, "before the bot was here")
	_, _, err := s.admin.AddChannelMember(fresh.Id, s.account.UserId)
	require.NoError(t, err)
	bob.say(fresh.Id, "with the bot")
	direct, _, err := bob.CreateDirectChannel(bob.me.Id, s.account.UserId)
	require.NoError(t, err)
	bob.say(direct.Id, "in private")
	h = s.connect()
	require.Equal(t, "with the bot", next[*backend.Message](h).Body)
	require.Equal(t, "in private", next[*backend.Message](h).Body)
}

// The connection is lost while it is being made, at every point.
func TestCutWhileConnecting(t *testing.T) {
	s := newScene(t)
	for i := range 30 {
		h := s.run()
		after := time.NewTimer(time.Duration(i) * 2 * time.Millisecond)
	wait:
		for {
			select {
			case <-after.C:
				s.proxy.cut()
				break wait
			case err := <-h.ended:
				require.NotErrorIs(t, err, backend.ErrRefused)
				h.ended <- err
				break wait
			}
		}
		select {
		case err := <-h.ended: // a cut between two requests is not even noticed
			require.NotErrorIs(t, err, backend.ErrRefused)
		case <-h.connected:
			h.cancel()
			require.NotErrorIs(t, h.end(), backend.ErrRefused)
		}
	}
	h := s.connect()
	s.alice.say(s.room.Id, "after all that")
	require.Equal(t, "after all that", next[*backend.Message](h).Body)
}

// A server that is restarted loses its side of the connection.
func TestServerRestart(t *testing.T) {
	s := newScene(t)
	h := s.connect()
	s.alice.say(s.room.Id, "before")
	require.Equal(t, "before", next[*backend.Message](h).Body)
	s.kill()
	require.Error(t, h.end())
	_, err := s.bot.Send(t.Context(), &backend.Message{Ref: backend.ToRoom(backend.Room{ID: s.room.Id}), Body: "no"})
	var again *backend.RetryableError
	require.ErrorAs(t, err, &again)
	require.NotErrorIs(t, s.run().end(), backend.ErrRefused)
	require.NoError(t, s.start())
	s.alice.listen(s.url)
	s.alice.say(s.room.Id, "after")
	h = s.connect()
	require.Equal(t, "after", next[*backend.Message](h).Body)
	s.send(&backend.Message{Ref: s.roomRef(), Body: "still here"})
	require.Equal(t, "still here", s.alice.hear(s.room.Id).Message)
}

// Messages in both directions while the connection is cut again and again: nothing is lost
// or doubled. SOAK sets the number of messages.
func TestSoak(t *testing.T) {
	total, cuts := 600, 6
	if n, err := strconv.Atoi(os.Getenv("SOAK")); err == nil {
		total, cuts = n, 50
	}
	s := newScene(t)
	first := s.connect()
	room := s.roomRef()
	heard, got, before := make(chan string, total), make(chan string, total), heap()
	stop := make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() { s.stayConnected(first, heard, stop) })
	done.Go(func() {
		for text := range heard {
			got <- text
			s.answer(&backend.Message{Ref: room, Body: text})
		}
	})
	for i := range total {
		if i%(total/cuts) == total/cuts/2 {
			s.proxy.cut()
		}
		s.alice.say(s.room.Id, fmt.Sprintf("message %d", i))
	}
	var want, arrived []string
	for i := range total {
		want = append(want, fmt.Sprintf("message %d", i))
		arrived = append(arrived, within(t, got))
	}
	require.ElementsMatch(t, want, arrived, "what the bot heard")
	close(stop)
	done.Wait()
	require.Empty(t, got, "a message is doubled")
	require.Equal(t, want, s.said(s.account.UserId), "what the server has of the bot")
	t.Logf("heap before %d kB, after %d kB", before>>10, heap()>>10)
}

// stayConnected is the host: it connects again and passes on what is said, until stop.
func (s *scene) stayConnected(h *host, heard chan<- string, stop <-chan struct{}) {
	defer close(heard)
	pass := func(e backend.Event) {
		if m, ok := e.(*backend.Message); ok {
			heard <- m.Body
		}
	}
	for {
		select {
		case e := <-h.events:
			pass(e)
		case <-h.ended:
			for len(h.events) > 0 {
				pass(<-h.events)
			}
			h = s.run()
		case <-stop:
			return
		}
	}
}

// answer sends m as the host does: again when the network may take it later.
func (s *scene) answer(m *backend.Message) {
	again := &backend.RetryableError{}
	for {
		_, err := s.bot.Send(s.Context(), m)
		if !errors.As(err, &again) {
			assert.NoError(s, err, "Send")
			return
		}
		select {
		case <-time.After(max(again.After, 20*time.Millisecond)):
		case <-s.Context().Done():
			return
		}
	}
}

// said returns what an account has said in the room, as the server keeps it and people see
// it. After a call whose answer was lost it may announce a post later than those behind it.
func (s *scene) said(userID string) []string {
	var texts []string
	for page := 0; ; page++ {
		list, _, err := s.admin.GetPostsForChannel(s.room.Id, page, 200, "", false)
		require.NoError(s, err)
		for _, id := range list.Order {
			p := list.Posts[id]
			if p.UserId == userID && p.Type == "" {
				texts = append(texts, p.Message)
			}
		}
		if len(list.Order) == 0 {
			slices.Reverse(texts)
			return texts
		}
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func within(t testing.TB, c <-chan string) string {
	t.Helper()
	select {
	case text := <-c:
		return text
	case <-time.After(3 * time.Minute): // the server may fail to announce a post
		require.FailNow(t, "a message is lost")
		return ""
	}
}
