package st2test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-errbot/errbot/st2/st2test/internal/events"
	"github.com/go-errbot/errbot/st2/st2test/internal/ident"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
	"github.com/go-errbot/errbot/st2/st2test/internal/results"
)

// order is what an execution is made of.
type order struct {
	action     *action
	parameters *pyjson.Object
	context    *pyjson.Object // pack and the like are added
	notify     *pyjson.Object
	delay      time.Duration
	parent     *execution
	trace      string // empty for a new one
	links      *pyjson.Object
	origin     *pyjson.Object
}

// request stores an execution as requested and tells the stream.
func (s *Server) request(o order) *execution {
	c := o.context.Clone()
	if o.parent == nil {
		c.Set("pack", o.action.pack)
	}
	e := &execution{
		id: ident.ObjectID(), liveID: ident.ObjectID(), action: o.action, parameters: o.parameters, notify: o.notify, context: c,
		trace: o.trace, links: o.links, origin: o.origin, webURL: s.webURL, delay: o.delay, started: s.now(), clock: s.clock, done: make(chan struct{}),
	}
	if e.trace == "" {
		e.trace = ident.ObjectID()
	}
	e.ctx, e.cancel = context.WithCancel(s.life)
	e.set(requested, nil)
	if o.parent != nil {
		e.parent = o.parent.id
		s.adopt(o.parent, e)
	}
	s.executions.add(e)
	s.publishExecution("create", e)
	return e
}

// launch runs an execution in a goroutine that Close waits for, and notifies afterwards.
func (s *Server) launch(e *execution) {
	if e.delay > 0 {
		s.update(e, delayed, nil, requested)
	}
	if !s.enter() {
		e.cancel()
		return
	}
	s.idle.Begin()
	go func() {
		defer s.work.Done()
		defer s.idle.End()
		defer e.cancel()
		if !s.await(e) {
			return
		}
		ran := s.perform(e)
		<-s.slots
		if ran {
			s.notify(e)
		}
	}()
}

// await takes the execution through its delay and waits until it may run. It reports
// false when that never happens; otherwise the caller gives a slot back.
func (s *Server) await(e *execution) bool {
	if e.delay > 0 {
		select {
		case <-time.After(e.delay):
		case <-e.ctx.Done():
			return false
		}
	}
	if !s.held.Wait(e.action.ref, requested, e.ctx.Done()) {
		return false
	}
	select {
	case s.slots <- struct{}{}:
	case <-e.ctx.Done():
		return false
	}
	return true
}

// update moves an execution to a state and tells the stream.
func (s *Server) update(e *execution, status string, result *pyjson.Object, from ...string) bool {
	if !e.set(status, result, from...) {
		return false
	}
	s.publishExecution("update", e)
	return true
}

// perform runs an execution to its end. It reports false when the execution was canceled
// before it began.
func (s *Server) perform(e *execution) (ran bool) {
	if !s.update(e, scheduled, nil, requested, delayed) {
		return false
	}
	if !s.held.Wait(e.action.ref, scheduled, e.ctx.Done()) || !s.update(e, running, nil, scheduled) {
		return s.update(e, canceled, nil)
	}
	if e.action.isInquirer() {
		s.ask(e)
		return false
	}
	ctx := e.ctx
	seconds, _ := e.parameters.Get("timeout").(int64)
	if seconds > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(seconds)*time.Second)
		defer cancel()
	}
	call := &Call{
		ID: e.id, Action: e.action.ref, User: e.contextDocument().Text("user"),
		Parameters: pyjson.Plain(e.action.withDefaults(e.parameters)).(map[string]any),
		Context:    pyjson.Plain(e.contextDocument()).(map[string]any),
		execution:  e,
		server:     s,
		output:     func(kind, text string) { s.addOutput(e, kind, text) },
	}
	value, err := e.action.call(ctx, call)
	status, result := e.action.outcome(ctx, value, err, seconds)
	if e.state() == canceling {
		return s.update(e, canceled, nil)
	}
	if call.workflow != nil {
		call.workflow.log.Ended(status)
	}
	s.finish(e, status, result)
	return true
}

func (s *Server) finish(e *execution, status string, result *pyjson.Object) {
	e.mu.Lock()
	streamed := len(e.output) > 0
	e.mu.Unlock()
	if !streamed {
		for _, kind := range []string{"stdout", "stderr"} {
			if out := result.Text(kind); out != "" {
				s.addOutput(e, kind, ensureNewline(out))
			}
		}
	}
	s.update(e, status, result)
	if e.action.isWorkflow() { // its engine saves the end twice more
		s.publishLive("update", e)
		s.publishLive("update", e)
	}
}

func ensureNewline(s string) string {
	if s[len(s)-1] != '\n' {
		return s + "\n"
	}
	return s
}

func (s *Server) addOutput(e *execution, kind, text string) {
	entry := outputEntry{ident.ObjectID(), kind, text, s.now()}
	e.mu.Lock()
	full := len(e.output) >= maxOutput
	if !full {
		e.output = append(e.output, entry)
	}
	e.mu.Unlock()
	if full {
		return
	}
	s.bus.Publish(events.Event{Name: outputEvent, ActionRef: e.action.ref, ExecutionID: e.id, Data: func() *pyjson.Object { return entry.document(e) }})
}

// call runs the action's function; a panic is its error.
func (a *action) call(ctx context.Context, call *Call) (value any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return a.run(ctx, call)
}

// outcome is the final state and result of a run.
func (a *action) outcome(ctx context.Context, value any, err error, timeout int64) (status string, result *pyjson.Object) {
	status = succeeded
	var failure *Failure
	if errors.As(err, &failure) {
		status, value, err = failed, failure.Result, nil
	}
	if err == nil {
		if result, err = a.shape(value, status == failed); err == nil {
			return status, result
		}
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		result = results.Shell(true, -9, "", "")
		result.Set("error", fmt.Sprintf("Action failed to complete in %d seconds", timeout))
		return timedOut, result
	}
	return failed, results.OfError(a.runnerName(), err)
}

func (a *action) shape(value any, isFailure bool) (*pyjson.Object, error) {
	if raw, isRaw := value.(Raw); isRaw {
		return results.Raw(raw.Value)
	}
	return results.Shape(a.runnerName(), value, isFailure)
}

func (s *Server) publishLive(what string, e *execution) {
	s.bus.Publish(events.Event{Name: "st2.liveaction__" + what, ActionRef: e.action.ref, ExecutionID: e.liveID, Data: e.liveDocument})
}

func (s *Server) publishExecution(what string, e *execution) {
	ref := e.action.ref
	s.publishLive(what, e)
	s.bus.Publish(events.Event{Name: "st2.execution__" + what, ActionRef: ref, ExecutionID: e.id, Final: isFinal(e.state()), Data: func() *pyjson.Object {
		return e.document(view{})
	}})
}
