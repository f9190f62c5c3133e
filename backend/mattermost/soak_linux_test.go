package mattermost_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mattermost/mattermost-server/v6/model"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
)

// soakRooms is how many rooms are busy at the same time.
const soakRooms = 8

// TestSoak has people talk in several rooms while the bot answers each message and its
// connection is cut again and again: nothing is lost or doubled, in either direction, and
// everything stays in order. SOAK sets the number of messages; from 20,000 on there are 50
// cuts.
func TestSoak(t *testing.T) {
	total, cuts := 1600, 8
	if n, err := strconv.Atoi(os.Getenv("SOAK")); err == nil {
		total, cuts = n, 50
	}
	k := newSoak(t, total)
	stop := k.stayConnected()
	k.talk(100, 0) // fills the caches
	before, begin := heap(), time.Now()
	k.talk(total/soakRooms, cuts)
	took := time.Since(begin)
	stop()
	after := heap()
	for _, r := range k.rooms {
		require.Equal(t, r.numbers(), k.said(r.channel), "what the server has of the bot")
	}
	t.Logf("%d messages and as many answers, %d cuts, %v, heap %d kB before and %d kB after",
		total, cuts, took.Round(time.Second), before>>10, after>>10)
	require.Less(t, after, before+before/10+512<<10, "memory")
}

// soak is a busy scene.
type soak struct {
	*scene
	rooms map[string]*soakRoom
	spoke atomic.Int64  // messages so far
	every atomic.Int64  // how many messages there are between two cuts
	up    chan struct{} // closed when the bot is connected for the first time
	once  sync.Once
}

// soakRoom is one room with a person in it.
type soakRoom struct {
	channel string
	who     *person
	said    int
	heard   chan string
}

func newSoak(t *testing.T, total int) *soak {
	k := &soak{scene: newScene(t), rooms: map[string]*soakRoom{}, up: make(chan struct{})}
	for range soakRooms {
		c := k.channel(k.account.UserId)
		r := &soakRoom{channel: c.Id, who: k.deafPerson("talker", c), heard: make(chan string, total)}
		r.who.HTTPClient = &http.Client{Transport: &http.Transport{}}
		t.Cleanup(r.who.HTTPClient.CloseIdleConnections)
		k.rooms[c.Id] = r
	}
	return k
}

// numbers returns all that has been said in the room.
func (r *soakRoom) numbers() []string {
	all := make([]string, r.said)
	for i := range all {
		all[i] = strconv.Itoa(i)
	}
	return all
}

// Connected implements [backend.Sink].
func (k *soak) Connected() { k.once.Do(func() { close(k.up) }) }

// Receive implements [backend.Sink].
func (k *soak) Receive(e backend.Event) {
	if m, ok := e.(*backend.Message); ok && m.Room != nil {
		k.rooms[m.Room.ID].heard <- m.Body
	}
}

// stayConnected is the host: it connects again at once, until it is stopped.
func (k *soak) stayConnected() (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(k.Context()))
	var done sync.WaitGroup
	done.Go(func() {
		for ctx.Err() == nil {
			_ = k.bot.Run(ctx, k)
		}
	})
	stop = func() { cancel(); done.Wait() }
	k.Cleanup(stop)
	<-k.up
	return stop
}

// talk has somebody say each messages in every room, and the bot answer them. The
// connection is cut now and then.
func (k *soak) talk(each, cuts int) {
	k.every.Store(int64(max(cuts, 1)))
	if cuts > 0 {
		k.every.Store(int64(each * soakRooms / cuts))
	}
	var done sync.WaitGroup
	for _, r := range k.rooms {
		first := r.said
		done.Go(func() {
			for range each {
				if k.spoke.Add(1)%k.every.Load() == 0 && cuts > 0 {
					k.proxy.cut()
				}
				_, _, err := r.who.CreatePost(&model.Post{ChannelId: r.channel, Message: strconv.Itoa(r.said)})
				assert.NoError(k, err)
				r.said++
			}
		})
		done.Go(func() { k.answerAll(r, first, each) })
	}
	done.Wait()
	require.False(k, k.Failed())
}

// answerAll repeats what is said in a room, in its order and each message once.
func (k *soak) answerAll(r *soakRoom, first, n int) {
	for i := range n {
		select {
		case text := <-r.heard:
			if !assert.Equal(k, strconv.Itoa(first+i), text, "what the bot heard") {
				return
			}
			k.answer(&backend.Message{Ref: backend.ToRoom(backend.Room{ID: r.channel}), Body: text})
		case <-time.After(3 * time.Minute): // the server may fail to announce a post
			assert.Fail(k, "a message is lost", "%d", first+i)
			return
		}
	}
}

// answer sends m as the host does: again when the network may take it later.
func (k *soak) answer(m *backend.Message) {
	again := &backend.RetryableError{}
	for {
		_, err := k.bot.Send(k.Context(), m)
		if !errors.As(err, &again) {
			assert.NoError(k, err, "Send")
			return
		}
		select {
		case <-time.After(max(again.After, 20*time.Millisecond)):
		case <-k.Context().Done():
			return
		}
	}
}

// said returns what the bot has said in a channel, as the server keeps it and people see it.
// After a call whose answer was lost it may announce a post later than those behind it.
func (k *soak) said(channelID string) []string {
	var texts []string
	for page := 0; ; page++ {
		list, _, err := k.admin.GetPostsForChannel(channelID, page, 200, "", false)
		require.NoError(k, err)
		for _, id := range list.Order {
			p := list.Posts[id]
			if p.UserId == k.account.UserId && p.Type == "" {
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
	runtime.GC() // what has finalizers goes with the second one
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
