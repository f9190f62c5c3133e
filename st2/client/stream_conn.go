package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/launchdarkly/eventsource"
)

// ErrEventTooLarge is reported for an event longer than [StreamOptions].MaxEvent.
var ErrEventTooLarge = errors.New("the event is too large")

var (
	errStreamEnded = fmt.Errorf("%w: the stream ended", ErrUnavailable)
	errIdle        = fmt.Errorf("%w: the stream was silent for too long", ErrUnavailable)
)

// maxEventLines bounds the lines of an event; StackStorm's have two.
const maxEventLines = 10_000

// connect makes one connection and serves it until it ends; the error says why.
func (s *stream) connect(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	resp, err := s.client.openStream(ctx, s.opts)
	if err != nil {
		return err
	}
	defer resp.Body.Close()

	// The timer runs during reads only, so that a slow handler is not taken for silence.
	idle := time.AfterFunc(s.opts.IdleTimeout, func() { cancel(errIdle) })
	defer idle.Stop()
	body := &eventGuard{
		src:    resp.Body,
		limit:  s.opts.MaxEvent,
		before: func() { idle.Reset(s.opts.IdleTimeout) },
		after:  func() { idle.Stop() },
	}
	err = s.serve(ctx, body)
	switch cause := context.Cause(ctx); {
	case cause != nil:
		return cause
	case errors.Is(err, ErrEventTooLarge):
		return err
	}
	return fmt.Errorf("%w: %w", errStreamEnded, err)
}

// serve hands the events of body to the handler. The decoder reads in a goroutine of
// its own, which ends when body does: Decode is therefore called until it fails, also
// after ctx has ended.
func (s *stream) serve(ctx context.Context, body io.Reader) error {
	r := bufio.NewReader(body)
	// StackStorm begins with an empty line when it has registered the listener. Its
	// nginx, when the stream service is down, answers 200 and "retry: 1000".
	first, err := r.Peek(1)
	if err != nil {
		return err
	}
	if first[0] == '\n' || first[0] == '\r' {
		s.connected()
	}
	for dec := eventsource.NewDecoder(r); ; {
		e, err := dec.Decode()
		if err != nil {
			return err
		}
		if ctx.Err() == nil {
			s.dispatch(e)
		}
	}
}

func (s *stream) dispatch(e eventsource.Event) {
	if hint, ok := e.(interface{ Retry() int64 }); ok && hint.Retry() > 0 {
		s.backoff.hint(hint.Retry())
	}
	if e.Event() == "" && e.Data() == "" {
		return
	}
	s.connected()
	data := json.RawMessage(e.Data())
	if !json.Valid(data) {
		s.skip(e.Event(), fmt.Errorf("event %q: its %d bytes are not JSON", printable(e.Event(), 100), len(data)))
		return
	}
	if err := s.handle(Event{Name: e.Event(), Data: data}); err != nil {
		s.skip(e.Event(), fmt.Errorf("event %q: %w", printable(e.Event(), 100), err))
		return
	}
	delete(s.skipped, e.Event())
}

// eventGuard ends a stream whose event exceeds the limit, which the decoder would
// gather in memory, and tells when it reads.
type eventGuard struct {
	src           io.Reader
	limit         int
	before, after func()

	line, size, lines int // of the present line and event, so far
	err               error
}

// Read implements [io.Reader]. Events that are complete before the one that is too
// large are passed on.
func (g *eventGuard) Read(p []byte) (int, error) {
	if g.err != nil {
		return 0, g.err
	}
	g.before()
	n, err := g.src.Read(p)
	g.after()
	if whole, ok := g.within(p[:n]); !ok {
		g.err = fmt.Errorf("%w: more than %d bytes or %d lines", ErrEventTooLarge, g.limit, maxEventLines)
		return whole, g.err
	}
	return n, err
}

// within counts data and reports whether its events are within bounds, and where the
// last of them ends that is complete.
func (g *eventGuard) within(data []byte) (whole int, ok bool) {
	for at := 0; at < len(data); {
		end := bytes.IndexByte(data[at:], '\n')
		if end < 0 {
			g.grow(data[at:])
			return whole, g.size <= g.limit
		}
		g.grow(data[at : at+end])
		g.lines++
		at += end + 1
		if g.size > g.limit || g.lines > maxEventLines {
			return whole, false
		}
		if g.line == 0 { // an empty line ends an event
			g.size, g.lines, whole = 0, 0, at
		}
		g.line = 0
	}
	return whole, true
}

// grow counts a piece of a line; the carriage return of a line end does not count.
func (g *eventGuard) grow(piece []byte) {
	n := len(bytes.TrimSuffix(piece, []byte{'\r'}))
	g.line += n
	g.size += n
}
