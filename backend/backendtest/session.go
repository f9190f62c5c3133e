package backendtest

import (
	"context"
	"encoding/json"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/go-errbot/errbot/backend"
)

// session is one test with its network, and the host of the backend.
type session struct {
	testing.TB
	Network
	leftovers goleak.Option // goroutines that are none of the backend's
}

func newSession(t testing.TB, n Network) *session {
	return &session{TB: t, Network: n, leftovers: goleak.IgnoreCurrent()}
}

// connection is one call of the backend's Run.
type connection struct {
	s      *session
	host   *host
	cancel context.CancelFunc
	ended  chan error
}

// connect runs the backend and waits until it is connected. The test's end ends it.
func (s *session) connect() *connection {
	s.Helper()
	c := s.begin(s.Backend)
	select {
	case <-c.host.connected:
	case err := <-c.ended:
		require.NoError(s, err, "Run ended before it was connected")
		require.FailNow(s, "Run ended before it was connected")
	case <-time.After(s.patience()):
		require.FailNow(s, "Run did not connect")
	}
	return c
}

// begin runs b. The test's end ends it.
func (s *session) begin(b backend.Backend) *connection {
	s.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.Context()))
	c := &connection{
		s: s,
		host: &host{
			connected: make(chan struct{}, 100),
			messages:  make(chan *backend.Message, 10_000),
			events:    make(chan backend.Event, 10_000),
		},
		cancel: cancel,
		ended:  make(chan error, 1),
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		c.ended <- b.Run(ctx, c.host)
	}()
	s.Cleanup(func() {
		cancel()
		<-over
	})
	return c
}

// end waits until Run has returned, and returns what it did.
func (c *connection) end() error {
	c.s.Helper()
	select {
	case err := <-c.ended:
		return err
	case <-time.After(c.s.patience()):
		require.FailNow(c.s, "Run did not return")
		return nil
	}
}

// stop cancels Run, which must return nil.
func (c *connection) stop() {
	c.s.Helper()
	c.cancel()
	require.NoError(c.s, c.end(), "Run after its context was cancelled")
}

// next returns the next message that arrives.
func (c *connection) next() *backend.Message {
	c.s.Helper()
	select {
	case m := <-c.host.messages:
		return m
	case err := <-c.ended:
		require.FailNow(c.s, "Run ended while a message was awaited", "%v", err)
	case <-time.After(c.s.patience()):
		require.FailNow(c.s, "a message did not arrive")
	}
	return nil
}

// happens waits for an event of type E that fits.
func happens[E backend.Event](c *connection, fits func(e E) bool) {
	c.s.Helper()
	late := time.After(c.s.patience())
	for {
		select {
		case e := <-c.host.events:
			if e, ok := e.(E); ok && fits(e) {
				return
			}
		case err := <-c.ended:
			require.FailNow(c.s, "Run ended while an event was awaited", "%v", err)
		case <-late:
			var e E
			require.FailNow(c.s, "an event did not arrive", "%T", e)
		}
	}
}

// said makes the person say text and returns the message that arrives.
func (c *connection) said(room, text string) *backend.Message {
	c.s.Helper()
	c.s.Say(room, text)
	m := c.next()
	require.Equal(c.s, text, m.Body, "what was said is not what arrived")
	return m
}

// host is the Sink of one connection.
type host struct {
	connects  atomic.Int32
	connected chan struct{}
	messages  chan *backend.Message
	events    chan backend.Event // all others
}

// Connected implements [backend.Sink].
func (h *host) Connected() {
	h.connects.Add(1)
	h.connected <- struct{}{}
}

// Receive implements [backend.Sink].
func (h *host) Receive(e backend.Event) {
	m, ok := e.(*backend.Message)
	if !ok {
		h.events <- e
		return
	}
	h.messages <- m
	if m.Done != nil {
		m.Done()
	}
}

// resolve returns the place that address names.
func (s *session) resolve(address string) backend.Ref {
	s.Helper()
	ref, err := s.Backend.Resolve(s.Context(), address)
	require.NoError(s, err, "Resolve(%q)", address)
	return ref
}

// send sends text to ref, to be shown exactly as it is.
func (s *session) send(ref backend.Ref, text string) backend.Ref {
	s.Helper()
	sent, err := s.Backend.Send(s.Context(), &backend.Message{Ref: ref, Body: text, Plain: true})
	require.NoError(s, err, "Send")
	return sent
}

// heard returns the next text that the person sees in room.
func (s *session) heard(room string) string {
	s.Helper()
	var text string
	require.NoError(s, s.waiting(func(ctx context.Context) (err error) {
		text, err = s.Heard(ctx, room)
		return err
	}), "the person heard nothing")
	return text
}

// waiting calls what waits for something, for as long as is sensible.
func (s *session) waiting(f func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(s.Context(), s.patience())
	defer cancel()
	return f(ctx)
}

// throughJSON returns ref as it is after a restart.
func (s *session) throughJSON(ref backend.Ref) backend.Ref {
	s.Helper()
	data, err := json.Marshal(ref)
	require.NoError(s, err)
	var back backend.Ref
	require.NoError(s, json.Unmarshal(data, &back))
	return back
}
