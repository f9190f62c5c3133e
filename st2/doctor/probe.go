package doctor

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"time"

	"github.com/go-errbot/errbot/st2/client"
)

// marker is the key in an announcement's context that makes it a probe.
const marker = "errbot_go_probe"

// postMessage is StackStorm's action that announces a message.
const postMessage = "chatops.post_message"

// IsProbe reports whether an announcement is a probe, which is not for people: a bot that
// receives one ignores it.
func IsProbe(a client.Announcement) bool { return probeID(a) != "" }

// probeID returns what tells one probe from another, "" where a is none.
func probeID(a client.Announcement) string {
	var context map[string]json.RawMessage
	var id string
	if json.Unmarshal(a.Context, &context) != nil || json.Unmarshal(context[marker], &id) != nil {
		return ""
	}
	return id
}

// probeOf returns the probe with an id. A bot that does not know the mark looks for a
// person whom no network has.
func probeOf(id, route string) client.ExecuteRequest {
	nobody := "errbot-go-probe-" + id
	return client.ExecuteRequest{Action: postMessage, Parameters: map[string]any{
		"message": "A probe of the bot's doctor: not for people.",
		"channel": nobody,
		"user":    nobody,
		"whisper": true,
		"route":   route,
		"context": map[string]any{marker: id},
	}}
}

// listener is an open stream.
type listener struct {
	state chan client.State // the first that is known
	seen  chan string       // ids of probes
}

// listen opens the bot's stream until the end of the examination.
func (e *examination) listen() *listener {
	l := &listener{state: make(chan client.State, 1), seen: make(chan string, 1)}
	options := client.StreamOptions{
		Events: []string{client.AnnouncementPrefix + e.Route},
		OnState: func(s client.State) {
			if s.Phase != client.Connecting {
				put(l.state, s)
			}
		},
	}
	e.work.Go(func() {
		_ = e.client.Stream(e.life, options, func(event client.Event) error { // its error is the context's
			if a, err := client.DecodeAnnouncement(event); err == nil && IsProbe(a) {
				put(l.seen, probeID(a))
			}
			return nil
		})
	})
	return l
}

// put sends v where there is room.
func put[T any](to chan<- T, v T) {
	select {
	case to <- v:
	default:
	}
}

func (e *examination) stream(ctx context.Context) Result {
	e.listener = e.listen()
	start := time.Now()
	select {
	case s := <-e.listener.state:
		if s.Phase == client.Connected {
			return ok("open within %s", took(start))
		}
		return e.streamFault(s.Err)
	case <-ctx.Done():
		return fail("Look whether a proxy in between holds the stream back: proxy_buffering off.",
			"no byte came within %s; StackStorm begins at once", took(start))
	}
}

func (e *examination) streamFault(err error) Result {
	switch {
	case errors.Is(err, client.ErrForbidden):
		return fail("Give the bot's user the permission stream_view.", "the bot's user may not read the stream")
	case errors.Is(err, client.ErrUnavailable) && cause(err) == "":
		return fail("Look at st2stream: st2ctl status, and restart it.", "the stream ends at once: the service behind it is not well")
	}
	return e.unexpected(err)
}

// probe announces something to nobody and waits until it comes.
func (e *examination) probe(ctx context.Context) Result {
	if e.NoProbe {
		return skip("not wanted")
	}
	id, start := rand.Text(), time.Now()
	execution, err := e.client.Execute(ctx, probeOf(id, e.Route))
	switch {
	case errors.Is(err, client.ErrForbidden):
		return warn("Give the bot's user action_execute on "+postMessage+" to have this looked at.",
			"the bot's user may not post a probe")
	case errors.Is(err, client.ErrUnavailable) && cause(err) == "":
		return fail("Look at RabbitMQ and at st2api's log.", "StackStorm cannot start an execution: %s", plain(err))
	case err != nil:
		return e.unexpected(err)
	}
	for {
		select {
		case seen := <-e.listener.seen:
			if seen == id {
				return ok("announced, and back on the stream after %s", took(start))
			}
		case <-ctx.Done():
			return e.missing(execution.ID, start)
		}
	}
}

// missing says where a probe got stuck.
func (e *examination) missing(id string, start time.Time) Result {
	ctx, cancel := context.WithTimeout(e.life, 3*time.Second)
	defer cancel()
	execution, err := e.client.Execution(ctx, id, "status")
	what := "the probe did not come within " + took(start)
	switch {
	case err != nil:
		return fail("Look at it: st2 execution get "+id+".", "%s; %s", what, plain(err))
	case execution.Status == client.StatusSucceeded:
		return fail("Look at st2stream's log and at RabbitMQ, and restart st2stream. The route must be "+e.Route+" in all of them.",
			"%s, although its execution has succeeded", what)
	case execution.Status.Final():
		return fail("See why: st2 execution get "+id+".", "%s: its execution is %s", what, execution.Status)
	}
	return fail("Look at st2scheduler, st2actionrunner and RabbitMQ: st2ctl status.",
		"%s: its execution is still %s", what, execution.Status)
}
