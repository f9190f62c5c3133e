package slack_test

import (
	"context"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/slack"
)

const patience = 15 * time.Second

// host is the bot's host for one connection.
type host struct {
	w         *workspace
	bot       *slack.Backend
	connected chan struct{}
	events    chan backend.Event
	cancel    context.CancelFunc
	ended     chan error
}

// Connected implements [backend.Sink].
func (h *host) Connected() { close(h.connected) }

// Receive implements [backend.Sink].
func (h *host) Receive(e backend.Event) { h.events <- e }

// begin runs a bot until the end of the test.
func (w *workspace) begin(bot *slack.Backend) *host {
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.Context()))
	h := &host{w: w, bot: bot, connected: make(chan struct{}), events: make(chan backend.Event, 20_000), cancel: cancel, ended: make(chan error, 1)}
	var running sync.WaitGroup
	running.Go(func() { h.ended <- bot.Run(ctx, h) })
	w.Cleanup(func() {
		cancel()
		running.Wait()
	})
	return h
}

// run runs a bot until it is connected.
func (w *workspace) run(bot *slack.Backend) *host {
	w.Helper()
	h := w.begin(bot)
	select {
	case <-h.connected:
	case err := <-h.ended:
		require.NoError(w, err, "Run ended")
	case <-time.After(patience):
		require.FailNow(w, "no connection")
	}
	return h
}

// next returns the next event of type E; others are left out.
func next[E backend.Event](h *host) E {
	h.w.Helper()
	for {
		select {
		case e := <-h.events:
			if wanted, ok := e.(E); ok {
				return wanted
			}
		case err := <-h.ended:
			require.FailNow(h.w, "Run ended", "%v", err)
		case <-time.After(patience):
			require.FailNow(h.w, "an event did not arrive")
		}
	}
}

// said returns the next message, which must have that body.
func (h *host) said(body string) *backend.Message {
	h.w.Helper()
	m := next[*backend.Message](h)
	require.Equal(h.w, body, m.Body)
	return m
}

func (h *host) end() error {
	h.w.Helper()
	select {
	case err := <-h.ended:
		return err
	case <-time.After(patience):
		require.FailNow(h.w, "Run did not end")
		return nil
	}
}

func (h *host) resolve(address string) backend.Ref {
	h.w.Helper()
	ref, err := h.bot.Resolve(h.w.Context(), address)
	require.NoError(h.w, err)
	return ref
}

func (h *host) send(m *backend.Message) backend.Ref {
	h.w.Helper()
	ref, err := h.bot.Send(h.w.Context(), m)
	require.NoError(h.w, err)
	return ref
}

// shown returns what alice sees next somewhere.
func (h *host) shown(where string) shown {
	h.w.Helper()
	ctx, cancel := context.WithTimeout(h.w.Context(), patience)
	defer cancel()
	s, err := h.w.sees(ctx, where)
	require.NoError(h.w, err, "nothing is shown")
	return s
}
