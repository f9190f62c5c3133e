package irc_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/irc"
)

// patience is how long something may take on a busy machine.
const patience = 5 * time.Second

// host is a host that notes what a connection brings.
type host struct {
	t         testing.TB
	connected chan struct{}
	messages  chan *backend.Message
	events    chan backend.Event // all others
	ended     chan error
	cancel    context.CancelFunc
}

func (h *host) Connected() { close(h.connected) }

func (h *host) Receive(e backend.Event) {
	if m, ok := e.(*backend.Message); ok {
		h.messages <- m
		return
	}
	h.events <- e
}

// begin runs the bot until the end of the test.
func begin(t testing.TB, bot *irc.Backend) *host {
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	h := &host{
		t:         t,
		connected: make(chan struct{}),
		messages:  make(chan *backend.Message, 100_000),
		events:    make(chan backend.Event, 100_000),
		ended:     make(chan error, 1),
		cancel:    cancel,
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
func run(t testing.TB, bot *irc.Backend) *host {
	t.Helper()
	h := begin(t, bot)
	h.awaitConnected()
	return h
}

func (h *host) awaitConnected() {
	h.t.Helper()
	select {
	case <-h.connected:
	case err := <-h.ended:
		require.FailNow(h.t, "Run ended", "%v", err)
	case <-time.After(patience):
		require.FailNow(h.t, "Run did not connect")
	}
}

// end returns what Run returns.
func (h *host) end() error {
	h.t.Helper()
	select {
	case err := <-h.ended:
		return err
	case <-time.After(patience):
		require.FailNow(h.t, "Run did not return")
		return nil
	}
}

func (h *host) message() *backend.Message {
	h.t.Helper()
	return receive(h.t, h.messages)
}

// event returns the next event of type T that fits; nil fits is all.
func event[T backend.Event](h *host, fits func(T) bool) T {
	h.t.Helper()
	for {
		if e, ok := receive(h.t, h.events).(T); ok && (fits == nil || fits(e)) {
			return e
		}
	}
}

func receive[T any](t testing.TB, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		require.FailNow(t, "nothing arrived")
		panic("unreachable")
	}
}

func toAlice() backend.Ref {
	return backend.ToPerson(backend.Person{ID: "alice!ali@home", Nick: "alice", Address: "alice!ali@home"})
}

func say(t testing.TB, bot *irc.Backend, to backend.Ref, text string) error {
	_, err := bot.Send(t.Context(), &backend.Message{Ref: to, Body: text, Plain: true})
	return err
}

func requireRetryable(t testing.TB, err error) {
	t.Helper()
	var again *backend.RetryableError
	require.True(t, errors.As(err, &again), "%v", err)
}
