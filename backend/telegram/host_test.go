package telegram_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
)

// patience is how long something may take on a busy machine.
const patience = 10 * time.Second

// host is a host that notes what a connection brings.
type host struct {
	t         testing.TB
	connected chan struct{}
	messages  chan *backend.Message
	events    chan backend.Event // all others
	ended     chan error
	stop      context.CancelFunc
}

func (h *host) Connected() { h.connected <- struct{}{} }

func (h *host) Receive(e backend.Event) {
	if m, ok := e.(*backend.Message); ok {
		h.messages <- m
		return
	}
	h.events <- e
}

// begin runs the bot until the end of the test.
func begin(t testing.TB, bot backend.Backend) *host {
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	h := &host{
		t: t, connected: make(chan struct{}, 10), messages: make(chan *backend.Message, 100_000),
		events: make(chan backend.Event, 1000), ended: make(chan error, 1), stop: cancel,
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		h.ended <- bot.Run(ctx, h)
	}()
	t.Cleanup(func() {
		cancel()
		<-over
	})
	return h
}

// run runs the bot and waits until it is connected.
func run(t testing.TB, bot backend.Backend) *host {
	t.Helper()
	h := begin(t, bot)
	select {
	case <-h.connected:
	case err := <-h.ended:
		require.FailNow(t, "Run ended", "%v", err)
	case <-time.After(patience):
		require.FailNow(t, "Run did not connect")
	}
	return h
}

// end returns what Run returns.
func (h *host) end() error { return await(h.t, h.ended) }

func (h *host) message() *backend.Message { return await(h.t, h.messages) }

func await[T any](t testing.TB, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		require.FailNow(t, "nothing arrived")
		panic("unreachable")
	}
}

func send(t testing.TB, bot backend.Backend, m *backend.Message) backend.Ref {
	t.Helper()
	ref, err := bot.Send(t.Context(), m)
	require.NoError(t, err)
	return ref
}

// resolve returns the place that an address names.
func resolve(t testing.TB, bot backend.Backend, address string) backend.Ref {
	t.Helper()
	ref, err := bot.Resolve(t.Context(), address)
	require.NoError(t, err, address)
	return ref
}
