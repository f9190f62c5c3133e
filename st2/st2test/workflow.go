package st2test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// Inquiry is a question that a workflow asks. What is empty is left to StackStorm's
// defaults: yes or no to going on, for everybody, on no route, for a day.
type Inquiry struct {
	// Schema describes the answer: an object of a JSON schema in StackStorm's dialect,
	// where required is a boolean of each property. It is anything that encoding/json
	// writes; a [json.RawMessage] keeps its order.
	Schema any
	Users  []string // StackStorm users who may answer; all of them when empty
	Roles  []string // roles whose users may answer
	Route  string
	TTL    int // minutes
}

func (q Inquiry) parameters() (*pyjson.Object, error) {
	p := pyjson.Of()
	for _, x := range []struct {
		key   string
		value any
		given bool
	}{
		{"route", q.Route, q.Route != ""},
		{"ttl", q.TTL, q.TTL != 0},
		{"users", q.Users, q.Users != nil},
		{"roles", q.Roles, q.Roles != nil},
		{"schema", q.Schema, q.Schema != nil},
	} {
		if !x.given {
			continue
		}
		value, err := pyjson.From(x.value)
		if err != nil {
			return nil, fmt.Errorf("the %s of an inquiry: %w", x.key, err)
		}
		p.Set(x.key, value)
	}
	return p, nil
}

// Ask asks in a workflow and waits for the answer, which it returns as it was given: the
// workflow is paused meanwhile, and an execution of core.ask is pending. It is an error
// when the inquiry ran out of time or the workflow was canceled.
func (c *Call) Ask(ctx context.Context, q Inquiry) (map[string]any, error) {
	parameters, err := q.parameters()
	if err != nil {
		return nil, err
	}
	raw, err := c.Task(ctx, "ask", "core.ask", parameters)
	if err != nil {
		return nil, err
	}
	var result struct {
		Response map[string]any `json:"response"`
	}
	if err := json.Unmarshal(raw, &result); err != nil {
		return nil, fmt.Errorf("reading an answer: %w", err)
	}
	return result.Response, nil
}

// Task runs an action as a task of a workflow, an action whose runner is orquesta, and
// returns its result. Tasks run one after the other. The parameters are an object,
// anything that encoding/json writes as one. A task that does not succeed is an error; its
// result is returned all the same.
func (c *Call) Task(ctx context.Context, name, ref string, parameters any) (json.RawMessage, error) {
	action := c.server.actions.find(ref)
	document, err := pyjson.From(parameters)
	given, isObject := document.(*pyjson.Object)
	switch {
	case !c.execution.action.isWorkflow():
		return nil, errors.New("only workflows have tasks: the action's runner must be orquesta")
	case action == nil:
		return nil, fmt.Errorf("no action %q", ref)
	case err != nil:
		return nil, fmt.Errorf("the parameters of task %s: %w", name, err)
	case !isObject && document != nil:
		return nil, fmt.Errorf("the parameters of task %s are no object", name)
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	if c.workflow == nil {
		c.workflow = c.server.newWorkflow(c.execution)
	}
	c.server.update(c.execution, running, nil, resuming)
	task := c.workflow.task(name, ref, given)
	if task.state() == pending {
		if err := c.server.park(ctx, c.execution, task); err != nil {
			return nil, err
		}
		c.workflow.ended(task)
	}
	result := json.RawMessage(pyjson.Encode(task.document(view{secrets: true}).ObjectOrEmpty("result")))
	if state := task.state(); state != succeeded {
		return result, fmt.Errorf("task %s: %s", name, state)
	}
	return result, nil
}

// putIdleWorkflow is PUT for a workflow that waits, or has not begun.
func (s *Server) putIdleWorkflow(r *request, e *execution) (*reply, error) {
	switch status := r.object().Text("status"); status {
	case "canceling", "canceled":
		return s.cancel(e, r.who.User)
	case "resuming", "running":
		return nil, fault.BadRequest("Failed updating execution. Unable to resume liveaction \"%s\" because it is in \"%s\" state and not in \"paused\" state.",
			e.liveID, e.state())
	}
	return nil, fault.BadRequest("Failed updating execution. Unable to pause liveaction \"%s\" because it is not in a running state.", e.liveID)
}
