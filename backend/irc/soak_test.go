package irc_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/irc"
)

// TestSoak sends and cuts: what Send has confirmed arrives exactly once and in order, and
// what it has not confirmed at most once. What a person says while the bot is connected
// arrives once. IRC_SOAK=1 runs the long one.
func TestSoak(t *testing.T) {
	messages, cuts := 2_000, 10
	if os.Getenv("IRC_SOAK") != "" {
		messages, cuts = 20_000, 50
	}
	eachServer(t, func(t *testing.T, s *ircd) { soak(t, s, messages, cuts) })
}

func soak(t *testing.T, s *ircd, messages, cuts int) {
	alice := dialWitness(t, s.address(), "alice")
	alice.join("#ops")
	wire := newRelay(t, s.address())
	bot := newBot(t, irc.Options{Server: "127.0.0.1", Port: wire.port(), Nick: "bot"})
	h := newReconnecting(t, bot)
	h.await(t)
	require.NoError(t, bot.Join(t.Context(), "#ops", "", ""))
	ops, err := bot.Resolve(t.Context(), "#ops")
	require.NoError(t, err)
	before := heap()

	confirmed := make(map[int]bool, messages)
	for i := range messages {
		if i%(messages/cuts) == messages/cuts/2 {
			go wire.cut() // in the middle of something
		}
		confirmed[i] = deliver(t, bot, ops, fmt.Sprintf("number %d", i))
	}
	alice.raw("PING :end")
	seen, last, doubts := make(map[int]bool, messages), -1, 0
	for line := alice.until(""); !strings.HasSuffix(line, "end"); line = alice.until("") {
		var n int
		if _, body := text(line); strings.Contains(line, " PRIVMSG #ops ") {
			_, err := fmt.Sscanf(body, "number %d", &n)
			require.NoError(t, err)
			require.False(t, seen[n], "%d arrived twice", n)
			require.Greater(t, n, last, "out of order")
			seen[n], last = true, n
		}
	}
	for n, ok := range confirmed {
		require.True(t, seen[n] || !ok, "%d was confirmed and is lost", n)
		if !ok {
			doubts++
		}
	}
	require.LessOrEqual(t, doubts, cuts, "at most the one message in flight is in doubt")

	h.await(t)
	for i := range messages {
		alice.say("bot", fmt.Sprintf("said %d", i))
		if i%200 == 0 {
			alice.sync() // servers throw out who floods them
		}
	}
	for i := range messages {
		require.Equal(t, fmt.Sprintf("said %d", i), receive(t, h.messages).Body)
	}
	after := heap()
	t.Logf("%d messages each way, %d cuts, %d in doubt, heap %d kB before and %d kB after",
		messages, cuts, doubts, before>>10, after>>10)
	require.Less(t, after, before+before/10+512<<10, "memory")
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// deliver sends as the host does: again while that may work. It reports whether the network
// has confirmed the message.
func deliver(t *testing.T, bot *irc.Backend, to backend.Ref, text string) bool {
	for {
		err := say(t, bot, to, text)
		var again *backend.RetryableError
		switch {
		case err == nil:
			return true
		case !errors.As(err, &again):
			require.ErrorContains(t, err, "may have arrived")
			return false
		}
		runtime.Gosched() // nobody announces that the room has been entered again
	}
}

// reconnecting is a host that connects again at once.
type reconnecting struct {
	messages chan *backend.Message
	up       chan struct{}
}

func newReconnecting(t *testing.T, bot *irc.Backend) *reconnecting {
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

// await waits for the last connection so far.
func (r *reconnecting) await(t *testing.T) {
	receive(t, r.up)
	for len(r.up) > 0 {
		<-r.up
	}
}
