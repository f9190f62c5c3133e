package xmpp_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/xmpp"
)

// TestSoak sends and cuts: everything arrives exactly once and in order, and nothing is in
// doubt, since every session is resumed. What people say arrives exactly once and in order
// too, also what they say while there is no connection. XMPP_SOAK=1 runs the long one.
func TestSoak(t *testing.T) {
	messages, cuts := 2_000, 10
	if os.Getenv("XMPP_SOAK") != "" {
		messages, cuts = 20_000, 50
	}
	if testing.Short() {
		messages, cuts = 200, 4
	}
	eachServer(t, func(t *testing.T, s *server) { soak(t, s, messages, cuts) })
}

func soak(t *testing.T, s *server, messages, cuts int) {
	room, name := fresh("ops")+"@"+s.rooms(), fresh("bot")
	alice := dialWitness(t, s, fresh("alice"))
	alice.create(room)
	wire := newRelay(t, s.address())
	o := s.options(t, name)
	o.Server = fmt.Sprintf("127.0.0.1:%d", wire.port())
	bot := newBot(t, o)
	h := newReconnecting(t, bot)
	h.await(t)
	require.NoError(t, bot.Join(t.Context(), room, "", ""))
	places := []backend.Ref{resolve(t, bot, room), resolve(t, bot, alice.bare())}
	for _, p := range places {
		require.NoError(t, say(t, bot, p, "ready"))
		alice.until(func(e element) bool { return e.text("body") == "ready" })
	}
	before := heap()

	for i := range messages {
		if i%(messages/cuts) == messages/cuts/2 {
			go wire.cut() // in the middle of something
		}
		require.NoError(t, deliver(t, bot, places[i%2], fmt.Sprintf("number %d", i)), "%d", i)
	}
	next := []int{0, 1} // in the room, in private
	for range messages {
		e := alice.until(said(""))
		place := 0
		if e.attr("type") == "chat" {
			place = 1
		}
		require.Equal(t, fmt.Sprintf("number %d", next[place]), e.text("body"))
		next[place] += 2
	}
	require.Equal(t, []int{messages, messages + 1}, next)

	for i := range messages {
		if i%(messages/cuts) == messages/cuts/2 {
			wire.cut()
		}
		alice.say(name+"@"+s.domain, fmt.Sprintf("said %d", i))
		if i%50 == 49 { // a server does not keep any number for somebody who is away
			for j := i - 49; j <= i; j++ {
				require.Equal(t, fmt.Sprintf("said %d", j), receive(t, h.messages).Body)
			}
		}
	}
	after := heap()
	t.Logf("%d messages each way, %d cuts each way, heap %d kB before and %d kB after", messages, cuts, before>>10, after>>10)
	require.Less(t, after, before+256<<10, "memory is not given back")
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// deliver sends as the host does: again while that may work.
func deliver(t *testing.T, bot *xmpp.Backend, to backend.Ref, text string) error {
	for {
		err := say(t, bot, to, text)
		var again *backend.RetryableError
		if !errors.As(err, &again) {
			return err
		}
		runtime.Gosched() // nobody announces that there is a connection again
	}
}

func resolve(t testing.TB, bot *xmpp.Backend, address string) backend.Ref {
	ref, err := bot.Resolve(t.Context(), address)
	require.NoError(t, err)
	return ref
}

// reconnecting is a host that connects again at once.
type reconnecting struct {
	messages chan *backend.Message
	up       chan struct{}
}

func newReconnecting(t testing.TB, bot *xmpp.Backend) *reconnecting {
	r := &reconnecting{messages: make(chan *backend.Message, 100_000), up: make(chan struct{}, 1000)}
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan struct{})
	go func() {
		defer close(over)
		for ctx.Err() == nil {
			_ = bot.Run(ctx, r)
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-over
	})
	return r
}

func (r *reconnecting) Connected() { r.up <- struct{}{} }

func (r *reconnecting) Receive(e backend.Event) {
	if m, ok := e.(*backend.Message); ok {
		r.messages <- m
	}
}

func (r *reconnecting) await(t testing.TB) { receive(t, r.up) }
