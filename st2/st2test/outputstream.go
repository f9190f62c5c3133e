package st2test

import (
	"net/http"
	"slices"

	"github.com/go-errbot/errbot/st2/st2test/internal/events"
	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
	"github.com/go-errbot/errbot/st2/st2test/internal/query"
	"github.com/go-errbot/errbot/st2/st2test/internal/wire"
)

const outputEvent = "st2.execution.output__create"

// noMoreOutput ends the stream of an execution's output. Its data is no JSON.
const noMoreOutput = "event: EOF\ndata: ''\n\n"

// streamOutput sends what an execution has printed and then what it prints, until it ends
// or is being paused or resumed. There is no first newline and no heartbeat.
func (s *Server) streamOutput(w http.ResponseWriter, raw *http.Request) {
	r := &request{Request: raw, query: query.Query{Values: raw.URL.Query()}}
	var err error
	var e *execution
	if r.who, err = s.identify(raw); err == nil {
		e, err = s.executionNamed(r, "execution_view")
	}
	if err != nil {
		s.requests.add(raw, nil, r.who.User, fault.Of(err).Status)
		wire.WriteError(w, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=UTF-8")
	h.Set("Cache-Control", "no-cache")
	h.Set("X-Accel-Buffering", "no")
	// It wants no event: that there are any makes it look at the execution.
	sub := events.Watcher()
	s.bus.Subscribe(sub)
	defer s.bus.Unsubscribe(sub)
	s.requests.add(raw, nil, r.who.User, http.StatusOK)
	s.pumpOutput(w, r, e, sub)
}

func (s *Server) pumpOutput(w http.ResponseWriter, r *request, e *execution, sub *events.Subscriber) {
	out := &streamWriter{to: w, control: http.NewResponseController(w), faults: s.faults, done: r.Context().Done()}
	kind := r.query.Last("output_type")
	if http.NewResponseController(w).Flush() != nil {
		return
	}
	for at := 0; !out.broken; {
		fresh, state := e.outputSince(at)
		at += len(fresh)
		for _, o := range fresh {
			if kind == "" || kind == "all" || kind == o.kind {
				out.write(events.Frame(events.Event{Name: outputEvent, Data: func() *pyjson.Object { return o.document(e) }}))
			}
		}
		if isFinal(state) || state == resuming || state == "pausing" {
			out.write([]byte(noMoreOutput))
			return
		}
		select {
		case <-sub.Wake():
		case <-r.Context().Done():
			return
		case <-sub.Dropped():
			panic(http.ErrAbortHandler)
		case <-s.life.Done():
			panic(http.ErrAbortHandler)
		}
	}
}

// outputSince returns what was printed after the first n entries, and the state then.
func (e *execution) outputSince(n int) (fresh []outputEntry, state string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.output[n:]), e.status
}
