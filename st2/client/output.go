package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/launchdarkly/eventsource"
)

// The events of an execution's output, as st2 3.10dev names them.
const (
	outputEvent = "st2.execution.output__create"
	outputEnd   = "EOF" // its data is no JSON
)

// maxSeenOutput bounds the pieces that are told apart when the stream begins anew.
const maxSeenOutput = 100_000

// Output is a piece of what an execution prints.
type Output struct {
	ID   string    `json:"id"`
	Type string    `json:"output_type"` // "stdout", "stderr", and others of workflows
	Data string    `json:"data"`        // one or more lines, with their ends
	Time time.Time `json:"timestamp"`
}

// FollowOutput calls handle for each piece of what an execution has printed and then
// prints, until StackStorm says that there will be no more: the execution has ended, or a
// workflow is being paused or resumed. An error of handle ends it and is returned.
//
// A connection that ends early is made anew, with growing delays, and what was handed over
// is not repeated; only the first attempt may fail at once. What is printed while a
// connection is being made may be missing: [Client.Output] has all of it afterwards.
// StackStorm sends nothing while nothing is printed.
func (c *Client) FollowOutput(ctx context.Context, id string, handle func(Output) error) error {
	f := &outputFollower{client: c, id: id, handle: handle, seen: map[string]bool{}}
	backoff := newBackoff(DefaultMinBackoff, DefaultMaxBackoff)
	for connected := false; ; {
		before := len(f.seen)
		err := f.connect(ctx)
		connected = connected || f.connected
		var own *handlerError
		switch {
		case err == nil:
			return nil
		case errors.As(err, &own):
			return own.err
		case ctx.Err() != nil:
			return ctx.Err()
		case !connected || lasting(err) || errors.Is(err, ErrNotFound) || errors.Is(err, ErrEventTooLarge) || len(f.seen) >= maxSeenOutput:
			return err
		case len(f.seen) > before:
			backoff.reset()
		}
		select {
		case <-time.After(backoff.next(false)):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// handlerError is an error of the caller's own function.
type handlerError struct{ err error }

func (e *handlerError) Error() string { return e.err.Error() }

type outputFollower struct {
	client    *Client
	id        string
	handle    func(Output) error
	seen      map[string]bool // ids of what was handed over
	connected bool
}

// connect makes one connection and serves it. It returns nil at the end of the output.
func (f *outputFollower) connect(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	resp, err := f.client.openEvents(ctx, call{
		method: http.MethodGet, url: f.client.streamURL + "/executions/" + url.PathEscape(f.id) + "/output",
	})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	f.connected = true
	idle := time.AfterFunc(DefaultIdleTimeout, cancel)
	defer idle.Stop()
	body := &eventGuard{
		src: resp.Body, limit: DefaultMaxEvent,
		before: func() { idle.Reset(DefaultIdleTimeout) },
		after:  func() { idle.Stop() },
	}
	return f.serve(body, cancel)
}

// serve reads until the output ends. The decoder reads in a goroutine of its own, which
// ends when the body does: it is therefore read to its end in any case.
func (f *outputFollower) serve(body io.Reader, cancel func()) error {
	dec := eventsource.NewDecoder(bufio.NewReader(body))
	var result error
	for done := false; ; {
		e, err := dec.Decode()
		switch {
		case err != nil && done:
			return result
		case errors.Is(err, ErrEventTooLarge):
			return err
		case err != nil:
			return fmt.Errorf("%w: %w", errStreamEnded, err)
		case done:
			continue
		}
		if done, result = f.take(e); done {
			cancel()
		}
	}
}

// take hands an event over. done says that there will be no more.
func (f *outputFollower) take(e eventsource.Event) (done bool, err error) {
	switch e.Event() {
	case outputEnd:
		return true, nil
	case outputEvent:
	default:
		return false, nil
	}
	var o Output
	if err := json.Unmarshal([]byte(e.Data()), &o); err != nil {
		f.client.log.Warn("StackStorm output: a piece was left out", "error", err)
		return false, nil
	}
	if o.ID != "" {
		if f.seen[o.ID] {
			return false, nil
		}
		f.seen[o.ID] = true
	}
	if err := f.handle(o); err != nil {
		return true, &handlerError{err}
	}
	return false, nil
}
