package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// The defaults of [StreamOptions].
const (
	// DefaultIdleTimeout is above the 200 s after which stock nginx cuts a silent
	// stream. StackStorm's own heartbeats are no measure: on a busy server whose events
	// are filtered out, it sends nothing for arbitrarily long.
	DefaultIdleTimeout = 210 * time.Second
	// DefaultMaxEvent is 8 MiB.
	DefaultMaxEvent = 8 << 20
	// DefaultMinBackoff is 1 s.
	DefaultMinBackoff = time.Second
	// DefaultMaxBackoff is 60 s.
	DefaultMaxBackoff = time.Minute
)

// StreamOptions says what to listen to and how. Zero fields take the defaults above.
type StreamOptions struct {
	// Events are the names wanted; patterns such as "st2.actionalias__*" are allowed.
	// Without any, StackStorm sends every execution of the installation, results included.
	Events []string
	// ActionRefs, such as "core.ask", narrow Events to those of executions of these
	// actions. Announcements are not among them.
	ActionRefs []string
	// IdleTimeout ends a connection on which no byte has come for so long.
	IdleTimeout time.Duration
	// MaxEvent bounds an event in bytes. A longer one is lost, and the connection is
	// made anew.
	MaxEvent int
	// MinBackoff and MaxBackoff bound the time between attempts to connect.
	MinBackoff, MaxBackoff time.Duration

	// OnState is called for each change of state, from the goroutine of Stream: at the
	// start, when connected, and when a connection ends or attempts begin to fail for
	// another reason. Further attempts that fail alike are not reported.
	OnState func(State)
	// OnSkip is called for each event that was left out, from the goroutine of Stream:
	// malformed, too long, or refused by the handler.
	OnSkip func(error)
}

func (o StreamOptions) withDefaults() StreamOptions {
	if o.IdleTimeout <= 0 {
		o.IdleTimeout = DefaultIdleTimeout
	}
	if o.MaxEvent <= 0 {
		o.MaxEvent = DefaultMaxEvent
	}
	if o.MinBackoff <= 0 {
		o.MinBackoff = DefaultMinBackoff
	}
	if o.MaxBackoff <= 0 {
		o.MaxBackoff = DefaultMaxBackoff
	}
	o.MaxBackoff = max(o.MaxBackoff, o.MinBackoff)
	if o.OnState == nil {
		o.OnState = func(State) {}
	}
	if o.OnSkip == nil {
		o.OnSkip = func(error) {}
	}
	return o
}

// Event is something that happened in StackStorm.
type Event struct {
	Name string // "st2.announcement__chatops"
	Data json.RawMessage
}

// Phase is a stream's stage of life.
type Phase string

// The phases of a stream.
const (
	// Connecting is the phase before the first attempt has succeeded or failed.
	Connecting Phase = "connecting"
	// Connected begins with the first byte from StackStorm.
	Connected Phase = "connected"
	// Disconnected lasts from a failure to the next success, attempts included.
	Disconnected Phase = "disconnected"
)

// State is a stream's phase and what is known about it.
type State struct {
	Phase Phase
	Since time.Time
	// Err is why the stream is Disconnected; [ErrForbidden], [ErrUserGone] and
	// [ErrCredentialRejected] will not pass by themselves.
	Err error
	// Next is when a Disconnected stream is tried again.
	Next time.Time
}

// Stream listens to StackStorm's events and calls handle for each, one after the
// other, until ctx ends; its error is then that of ctx. Everything else that happens
// is survived: the connection is made again, with growing delays, and the token
// renewed where it was refused.
//
// Events published while no connection stands are lost. [Connected] is reported when
// StackStorm has registered the listener: what is published later is delivered, as
// long as the connection and StackStorm's message bus live.
//
// While handle runs nothing is read, and StackStorm keeps what comes. An event for
// which handle returns an error is reported to OnSkip and does not come again.
func (c *Client) Stream(ctx context.Context, opts StreamOptions, handle func(Event) error) error {
	opts = opts.withDefaults()
	s := &stream{
		client:  c,
		opts:    opts,
		handle:  handle,
		backoff: newBackoff(opts.MinBackoff, opts.MaxBackoff),
	}
	return s.run(ctx)
}

// maxSkippedKinds bounds the kinds of events that are remembered as left out.
const maxSkippedKinds = 100

// stream is a running [Client.Stream]. Its fields belong to that goroutine.
type stream struct {
	client  *Client
	opts    StreamOptions
	handle  func(Event) error
	backoff *backoff
	state   State
	warned  bool            // that there is no connection for the reason in state
	skipped map[string]bool // the kinds of events left out since the last good one of that kind
}

func (s *stream) run(ctx context.Context) error {
	s.enter(State{Phase: Connecting})
	for {
		err := s.connect(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, ErrEventTooLarge) {
			s.skip("", err)
		}
		delay := s.backoff.next(lasting(err))
		s.disconnected(err, delay)
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// lasting reports whether err will hardly pass by itself, so that asking again soon
// only fills StackStorm's log.
func lasting(err error) bool {
	return errors.Is(err, ErrForbidden) || errors.Is(err, ErrUserGone) || errors.Is(err, ErrCredentialRejected)
}

func (s *stream) enter(state State) {
	state.Since = time.Now()
	s.state = state
	s.opts.OnState(state)
}

// connected notes that StackStorm has spoken.
func (s *stream) connected() {
	if s.state.Phase == Connected {
		return
	}
	s.backoff.reset()
	s.client.log.Info("StackStorm stream connected", "events", s.opts.Events)
	s.enter(State{Phase: Connected})
}

// disconnected notes why there is no connection, once for each reason. A stream that ends is
// no reason to worry, since nginx cuts silent ones: that it does not come back is.
func (s *stream) disconnected(err error, delay time.Duration) {
	same := s.state.Phase == Disconnected && reason(s.state.Err) == reason(err)
	level := slog.LevelWarn
	switch {
	case same && s.warned:
		s.client.log.Debug("StackStorm stream: still no connection", "retry_in", delay, "error", err)
		return
	case s.state.Phase == Connected && errors.Is(err, errStreamEnded):
		level = slog.LevelInfo
	}
	s.warned = level == slog.LevelWarn
	s.client.log.Log(context.Background(), level, "StackStorm stream disconnected", "retry_in", delay, "error", err)
	if !same {
		s.enter(State{Phase: Disconnected, Err: err, Next: time.Now().Add(delay)})
	}
}

// reason is what an error has in common with the next one of its kind; texts differ in
// port numbers and request ids.
func reason(err error) string {
	for _, class := range []error{ErrCredentialRejected, ErrUserGone, ErrForbidden, ErrUnauthorized, ErrUnavailable, ErrNotFound} {
		if errors.Is(err, class) {
			return class.Error()
		}
	}
	return err.Error()
}

// skip reports an event of a kind that nobody will see. It is logged once, until one of that
// kind is good again.
func (s *stream) skip(kind string, err error) {
	if !s.skipped[kind] {
		s.client.log.Warn("StackStorm stream: an event was left out", "error", err)
	}
	if s.skipped == nil || len(s.skipped) >= maxSkippedKinds {
		s.skipped = map[string]bool{}
	}
	s.skipped[kind] = true
	s.opts.OnSkip(err)
}

// openStream returns the response to a request for a stream once it is known to be one.
func (c *Client) openStream(ctx context.Context, opts StreamOptions) (*http.Response, error) {
	k := call{method: http.MethodGet, url: c.streamURL + "/stream", query: url.Values{}}
	setText(k.query, "events", strings.Join(opts.Events, ","))
	setText(k.query, "action_refs", strings.Join(opts.ActionRefs, ","))
	return c.openEvents(ctx, k)
}

// openEvents is openStream for any address that answers with events.
func (c *Client) openEvents(ctx context.Context, k call) (*http.Response, error) {
	k.prepare = func(r *http.Request) {
		r.Header.Set("Accept", "text/event-stream")
		// A compressing proxy would hold events back until its buffer is full.
		r.Header.Set("Accept-Encoding", "identity")
	}
	resp, err := c.open(ctx, c.http, k)
	if err != nil {
		return nil, callError(k, c.judge(ctx, err))
	}
	if err := checkStream(ctx, resp); err != nil {
		_ = resp.Body.Close()
		return nil, callError(k, c.judge(ctx, err))
	}
	return resp, nil
}

// checkStream returns why resp is no event stream that can be read.
func checkStream(ctx context.Context, resp *http.Response) error {
	kind, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	if resp.StatusCode != http.StatusOK || strings.TrimSpace(kind) != "text/event-stream" {
		ans, err := readAnswer(ctx, resp)
		if err != nil {
			return err
		}
		return fmt.Errorf("the answer is no event stream: %w", ans.fault())
	}
	if coding := resp.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return fmt.Errorf("the stream comes compressed (%s); switch that off in the proxy", printable(coding, 20))
	}
	return nil
}
