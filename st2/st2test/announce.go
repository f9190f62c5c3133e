package st2test

import (
	"context"
	"slices"
	"strings"

	"github.com/go-errbot/errbot/st2/st2test/internal/events"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// announcement is what the announcement runner does: it sends the parameters that are
// not the runner's as an event named after the route, and answers with them.
func (s *Server) announcement(a *action, given *pyjson.Object) *pyjson.Object {
	payload := announcementPayload(a, given)
	s.publishAnnouncement(announcementRoute(a, given), payload)
	result := pyjson.Of("output", payload)
	for _, k := range payload.Keys() {
		result.Set(k, payload.Get(k))
	}
	return result
}

// announcementPayload has what was given first, then the other parameters in the
// schema's order, null where they have no default.
func announcementPayload(a *action, given *pyjson.Object) *pyjson.Object {
	payload := pyjson.Of()
	for _, name := range given.Keys() {
		if slices.Contains(a.own, name) {
			payload.Set(name, given.Get(name))
		}
	}
	for _, name := range a.own {
		if _, isGiven := payload.Lookup(name); !isGiven {
			payload.Set(name, a.schema.Object(name).Get("default"))
		}
	}
	return payload
}

func announcementRoute(a *action, given *pyjson.Object) string {
	if route := given.Text("route"); route != "" {
		return route
	}
	return a.schema.Object("route").Text("default")
}

// publishAnnouncement sends an announcement to the streams. The stream service listens
// to routes of one word: one with a dot never arrives.
func (s *Server) publishAnnouncement(route string, payload *pyjson.Object) {
	if strings.Contains(route, ".") {
		return
	}
	e := events.Event{Name: "st2.announcement__" + route, Data: func() *pyjson.Object {
		return pyjson.Of("payload", payload, "trace_context", nil)
	}}
	mishap := s.faults.next()
	if mishap == swapped {
		s.faults.overtake(e)
		return
	}
	defer func() {
		for _, late := range s.faults.overtaken() {
			s.bus.Publish(late)
		}
	}()
	switch mishap {
	case lost:
	case duplicated:
		s.bus.Publish(e)
		s.bus.Publish(e)
	case malformed:
		s.bus.Deliver(e, events.Broken)
	default:
		s.bus.Publish(e)
	}
}

// Announce announces a chat message on a route, as an execution of chatops.post_message
// by the default account does: stored, and sent to the streams before it returns. The
// payload has the parameters of that action: message, channel, user, whisper, context,
// extra. It returns the id of the execution, and panics on a payload that JSON
// cannot hold: that is a mistake in the calling code.
func (s *Server) Announce(route string, payload map[string]any) string {
	parameters := mustDocument(payload).Clone()
	parameters.Set("route", route)
	e := s.request(order{
		action: s.actions.find("chatops.post_message"), parameters: parameters,
		context: pyjson.Of("user", s.account), links: pyjson.Of(), origin: pyjson.Of(),
	})
	defer e.cancel()
	s.announce(e)
	return e.id
}

// announce runs an execution of an announcement at once.
func (s *Server) announce(e *execution) {
	s.update(e, scheduled, nil)
	s.update(e, running, nil)
	s.update(e, succeeded, s.announcement(e.action, e.parameters))
}

// runAnnouncement is the function of the announcement actions.
func (s *Server) runAnnouncement(_ context.Context, call *Call) (any, error) {
	return s.announcement(call.execution.action, call.execution.parameters), nil
}
