package matrix_test

import (
	"context"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
)

// host is the bot's host for one connection.
type host struct {
	s         *scene
	connected chan struct{}
	events    chan backend.Event
	cancel    context.CancelFunc
	ended     chan error
}

// Connected implements [backend.Sink].
func (h *host) Connected() { close(h.connected) }

// Receive implements [backend.Sink].
func (h *host) Receive(e backend.Event) { h.events <- e }

// connect runs the bot until it is connected; the test's end ends it.
func (s *scene) connect() *host {
	s.Helper()
	h := s.run()
	select {
	case <-h.connected:
	case err := <-h.ended:
		require.NoError(s, err, "Run ended")
	case <-time.After(patience):
		require.FailNow(s, "no connection")
	}
	return h
}

func (s *scene) run() *host {
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.Context()))
	h := &host{s: s, connected: make(chan struct{}), events: make(chan backend.Event, 50_000), cancel: cancel, ended: make(chan error, 1)}
	var done sync.WaitGroup
	done.Go(func() { h.ended <- s.bot.Run(ctx, h) })
	s.Cleanup(func() {
		cancel()
		done.Wait()
	})
	return h
}

// next returns the next event of type E; others are left out.
func next[E backend.Event](h *host) E {
	h.s.Helper()
	for {
		select {
		case e := <-h.events:
			if wanted, ok := e.(E); ok {
				return wanted
			}
		case err := <-h.ended:
			require.FailNow(h.s, "Run ended", "%v", err)
		case <-time.After(patience):
			require.FailNow(h.s, "an event did not arrive")
		}
	}
}

func (h *host) end() error {
	h.s.Helper()
	select {
	case err := <-h.ended:
		return err
	case <-time.After(patience):
		require.FailNow(h.s, "Run did not end")
		return nil
	}
}

func (s *scene) send(m *backend.Message) backend.Ref {
	s.Helper()
	ref, err := s.bot.Send(s.Context(), m)
	require.NoError(s, err)
	return ref
}

func (s *scene) resolve(address string) backend.Ref {
	s.Helper()
	ref, err := s.bot.Resolve(s.Context(), address)
	require.NoError(s, err)
	return ref
}

func (s *scene) roomRef() backend.Ref { return s.resolve(s.alias) }
