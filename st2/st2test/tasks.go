package st2test

import (
	"context"

	"github.com/go-errbot/errbot/st2/st2test/internal/ident"
	"github.com/go-errbot/errbot/st2/st2test/internal/orquesta"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// workflow runs the tasks of an execution as its children, one after the other.
type workflow struct {
	server    *Server
	execution *execution
	id        string
	log       *orquesta.Log
	tasks     map[*execution]orquesta.Task // that have not ended
}

func (s *Server) newWorkflow(e *execution) *workflow {
	w := &workflow{server: s, execution: e, id: ident.ObjectID(), tasks: map[*execution]orquesta.Task{}}
	w.log = orquesta.NewLog(w.id, func(text string) { s.addOutput(e, "output", text) })
	e.addContext("workflow_execution", w.id)
	s.publishLive("update", e)
	return w
}

func (w *workflow) task(name, ref string, parameters *pyjson.Object) *execution {
	task := ident.ObjectID()
	parent := w.execution.contextDocument()
	child := w.server.request(order{
		action: w.server.actions.find(ref), parameters: parameters, parent: w.execution, origin: pyjson.Of(),
		links: pyjson.Of("workflow_execution", w.id, "task_execution", task),
		context: pyjson.Of("pack", w.server.actions.find(ref).pack, "user", parent.Text("user"),
			"parent", pyjson.Of("execution_id", w.execution.id, "user", parent.Text("user"), "pack", parent.Text("pack")),
			"orquesta", pyjson.Of("workflow_execution_id", w.id, "task_execution_id", task, "task_name", name, "task_id", name, "task_route", 0)),
	})
	w.tasks[child] = orquesta.Task{Name: name, ID: task, Execution: child.id}
	w.log.Requested(w.tasks[child])
	w.server.perform(child)
	if child.state() != pending {
		w.ended(child)
	}
	child.cancel()
	return child
}

// ended logs what became of a task.
func (w *workflow) ended(child *execution) {
	task := w.tasks[child]
	delete(w.tasks, child)
	w.log.Reached(task, child.reached()...)
	w.log.Completed(task, child.state())
}

// reached returns the states that an execution has come to after it was requested.
func (e *execution) reached() (states []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, entry := range e.log[1:] {
		states = append(states, entry.status)
	}
	return states
}

// adopt makes an execution the child of a workflow, and tells the stream of the workflow first.
func (s *Server) adopt(parent, child *execution) {
	parent.mu.Lock()
	parent.children = append(parent.children, child.id)
	if parent.result == nil {
		parent.result = pyjson.Of("output", nil)
		parent.size = len(pyjson.Encode(parent.result))
	}
	parent.mu.Unlock()
	s.publishExecution("update", parent)
}

// park pauses a workflow until its inquiry has ended. A paused workflow keeps nobody
// from running, and counts as nothing under way.
func (s *Server) park(ctx context.Context, e, inquiry *execution) error {
	woken, paused := s.pause(e, inquiry)
	if !paused {
		return ctx.Err()
	}
	select {
	case <-woken: // after the stream was told of the answer
	case <-ctx.Done():
	}
	e.wake()
	s.slots <- struct{}{}
	s.resume(e)
	return ctx.Err()
}

// pause reports false, and does nothing, when the answer was there first.
func (s *Server) pause(e, inquiry *execution) (woken <-chan struct{}, waits bool) {
	gate := make(chan struct{})
	e.mu.Lock()
	waits = !isFinal(inquiry.state()) && !isFinal(e.status)
	if waits {
		e.unpark = func() {
			s.idle.Begin()
			close(gate)
		}
	}
	e.mu.Unlock()
	if !waits {
		return nil, false
	}
	s.update(e, paused, nil, running, resuming)
	<-s.slots
	s.idle.End()
	return gate, true
}

// wake counts a paused workflow as under way again. Whoever ends the pause calls it.
func (e *execution) wake() {
	e.mu.Lock()
	unpark := e.unpark
	e.unpark = nil
	e.mu.Unlock()
	if unpark != nil {
		unpark()
	}
}

// resume lets a paused workflow go on, unless that was done.
func (s *Server) resume(e *execution) {
	s.update(e, resuming, nil, paused)
}
