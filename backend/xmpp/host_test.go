package xmpp_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/xmpp"
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
func begin(t testing.TB, bot *xmpp.Backend) *host {
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
func run(t testing.TB, bot *xmpp.Backend) *host {
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
func (h *host) end() error {
	h.t.Helper()
	return receive(h.t, h.ended)
}

func (h *host) message() *backend.Message {
	h.t.Helper()
	return receive(h.t, h.messages)
}

// event returns the next event of type T that fits.
func event[T backend.Event](h *host, fits func(T) bool) T {
	h.t.Helper()
	for {
		if e, ok := receive(h.t, h.events).(T); ok && fits(e) {
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

func say(t testing.TB, bot *xmpp.Backend, to backend.Ref, text string) error {
	_, err := bot.Send(t.Context(), &backend.Message{Ref: to, Body: text, Plain: true})
	return err
}

func requireRetryable(t testing.TB, err error) {
	t.Helper()
	var again *backend.RetryableError
	require.True(t, errors.As(err, &again), "%v", err)
}

// number makes names that are used once.
var number atomic.Int64

func fresh(name string) string { return fmt.Sprintf("%s%d", name, number.Add(1)) }

// options are those of an account that is made.
func (s *server) options(t testing.TB, name string) xmpp.Options {
	register(t, s, name)
	return xmpp.Options{
		Username: name + "@" + s.domain,
		Password: "secret",
		Server:   s.address(),
		TLS:      &tls.Config{RootCAs: s.roots},
		Log:      slog.New(slog.DiscardHandler),
	}
}

func newBot(t testing.TB, o xmpp.Options) *xmpp.Backend {
	b, err := xmpp.New(o)
	require.NoError(t, err)
	return b
}
