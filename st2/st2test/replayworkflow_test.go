package st2test_test

import (
	"context"
	"net/http"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// review is the schema of the recorded inquiries that have one.
const review = `{"title":"review","type":"object","additionalProperties":false,"properties":{` +
	`"who":{"type":"string","description":"Who reviewed it","required":true},"n":{"type":"integer","minimum":1,"maximum":5},` +
	`"opt":{"type":"string","enum":["a","b"],"default":"a"},"pin":{"type":"string","secret":true,"position":3}}}`

// addWorkflows scripts the workflows of the recordings.
func (r *replay) addWorkflows() {
	r.srv.AddAction(st2test.Action{Ref: "core.echo", Runner: "local-shell-cmd", Run: echo, Parameters: map[string]any{
		"message": map[string]any{"description": "", "type": "string", "required": true},
		"cmd": map[string]any{
			"description": "", "required": true, "type": "string",
			"default": `echo "{{message}}"`, "immutable": true,
		},
		"kwarg_op":      map[string]any{"immutable": true},
		"sudo":          map[string]any{"default": false, "immutable": true},
		"sudo_password": map[string]any{"immutable": true},
	}})
	r.srv.AddAction(st2test.Action{Ref: "examples.orquesta-sequential", Runner: "orquesta", Run: sequential, Parameters: map[string]any{
		"name": map[string]any{"required": true, "type": "string", "default": "Lakshmi"},
	}})
	r.srv.AddAction(st2test.Action{Ref: "demo.false", Runner: "local-shell-cmd", Run: func(context.Context, *st2test.Call) (any, error) {
		return nil, &st2test.Failure{Result: ""}
	}})
	r.srv.AddAction(st2test.Action{Ref: "examples.orquesta-fail-manually", Runner: "orquesta", Run: failManually})
	list := map[string]any{"type": "array", "default": []any{}}
	for ref, parameters := range map[string]map[string]any{
		"demo.ask_default": nil,
		"demo.ask_draft4":  nil,
		"demo.ask_schema":  {"users": list, "roles": list, "bad": map[string]any{"type": "boolean", "default": false}},
	} {
		r.srv.AddAction(st2test.Action{Ref: ref, Runner: "orquesta", Parameters: parameters, Run: r.asking})
	}
}

func echo(_ context.Context, call *st2test.Call) (any, error) { return call.Parameters["message"], nil }

func sequential(ctx context.Context, call *st2test.Call) (any, error) {
	name := call.Parameters["name"].(string)
	for i, message := range []string{name, "All your base are belong to us!", name + ", All your base are belong to us!"} {
		if _, err := call.Task(ctx, "task"+string(rune('1'+i)), "core.echo", map[string]any{"message": message}); err != nil {
			return nil, err
		}
	}
	return pyjson.Of("output", pyjson.Of("greeting", name+", All your base are belong to us!")), nil
}

func failManually(ctx context.Context, call *st2test.Call) (any, error) {
	result, err := call.Task(ctx, "task1", "demo.false", nil)
	if err == nil {
		return nil, err
	}
	const said = "Execution failed. See result for details."
	return nil, &st2test.Failure{Result: pyjson.Of("output", nil, "errors", []any{
		pyjson.Of("type", "error", "message", said, "task_id", "task1", "result", document(string(result))),
		pyjson.Of("type", "error", "message", said, "task_id", "fail"),
	})}
}

// asking is what the recorded workflows do: ask, and hand on what was answered.
func (r *replay) asking(ctx context.Context, call *st2test.Call) (any, error) {
	select {
	case begun := <-r.stall:
		close(begun)
		<-ctx.Done()
		return nil, ctx.Err()
	default:
	}
	parameters := pyjson.Of("route", "approvals")
	switch call.Action {
	case "demo.ask_schema":
		parameters = pyjson.Of("route", "team.one", "ttl", 60, "users", call.Parameters["users"], "roles", call.Parameters["roles"],
			"schema", document(review))
	case "demo.ask_draft4":
		parameters = pyjson.Of("schema", document(`{"type":"object","required":["x"],"properties":{"x":{"type":"string"}}}`))
	}
	answer, err := call.Task(ctx, "get", "core.ask", parameters)
	if err != nil {
		return nil, err
	}
	return pyjson.Of("output", pyjson.Of("answer", document(string(answer)))), nil
}

// document reads JSON that is known to be right.
func document(text string) any {
	v, err := pyjson.Decode([]byte(text))
	if err != nil {
		panic(err)
	}
	return v
}

// bindAsked binds the id of the inquiry that a workflow has asked.
func (r *replay) bindAsked(workflow, id string) {
	children := r.list("/api/v1/executions/" + r.bound[workflow] + "/children")
	require.Len(r.t, children, 1, workflow)
	r.bound[id] = children[0].Text("id")
}

// addForgotten asks what was still open when the inquiries were recorded: of workflows that
// had been canceled.
func (r *replay) addForgotten() {
	for _, x := range [][2]string{
		{"<id:358>", "demo.ask_default"}, {"<id:1007>", "demo.ask_default"}, {"<id:1008>", "demo.ask_draft4"}} {
		id, action := x[0], x[1]
		parent := r.post(action, pyjson.Of())
		settle(r.t, r.srv)
		r.bound["<asking>"] = parent
		r.bindAsked("<asking>", id)
		status, _ := askAs(r.t, r.srv, "testu", http.MethodDelete, "/api/v1/executions/"+parent, nil)
		require.Equal(r.t, http.StatusOK, status)
		settle(r.t, r.srv)
	}
}
