package telegram_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
)

// TestSoak says and sends while the connection is cut again and again: what is said arrives
// once and in order; what Telegram has confirmed of what is sent is there once, and what it
// has not at most once.
func TestSoak(t *testing.T) {
	messages, cuts := 3000, 12
	if testing.Short() {
		messages = 600
	}
	f := newFake(t)
	bot := f.newBot(t, nil)
	h := reconnecting(t, bot)
	await(t, h.connected)
	ops := resolve(t, bot, "-1001")
	confirmed := make([]bool, messages/10)
	var sending sync.WaitGroup
	sending.Go(func() {
		for i := range confirmed {
			confirmed[i] = deliver(t, bot, &backend.Message{Ref: ops, Body: fmt.Sprintf("sent %d", i), Plain: true})
		}
	})
	for i := range messages {
		if i%(messages/cuts) == messages/cuts/2 {
			f.cut()
		}
		f.say(group, fmt.Sprintf("said %d", i), nil)
	}
	for i := range messages {
		require.Equal(t, fmt.Sprintf("said %d", i), h.message().Body)
	}
	sending.Wait()
	seen, last := map[int]bool{}, -1
	for len(f.seen.messages) > 0 {
		var n int
		_, err := fmt.Sscanf((<-f.seen.messages).text, "sent %d", &n)
		require.NoError(t, err)
		require.False(t, seen[n], "%d is there twice", n)
		seen[n] = true
		if confirmed[n] { // others may be late
			require.Greater(t, n, last, "out of order")
			last = n
		}
	}
	for n, ok := range confirmed {
		require.True(t, seen[n] || !ok, "%d was confirmed and is lost", n)
	}
}

// deliver sends as the host does: again while that may work. It reports whether Telegram has
// confirmed the message.
func deliver(t *testing.T, bot backend.Backend, m *backend.Message) bool {
	for {
		_, err := bot.Send(t.Context(), m)
		var again *backend.RetryableError
		if !errors.As(err, &again) || t.Context().Err() != nil {
			return err == nil
		}
	}
}

// reconnecting is a host that connects again at once.
func reconnecting(t *testing.T, bot backend.Backend) *host {
	h := &host{
		t: t, connected: make(chan struct{}, 1000), messages: make(chan *backend.Message, 100_000),
		events: make(chan backend.Event, 1000),
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	over := make(chan struct{})
	go func() {
		defer close(over)
		for ctx.Err() == nil {
			_ = bot.Run(ctx, h)
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-over
	})
	return h
}
