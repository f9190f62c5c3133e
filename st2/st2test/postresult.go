package st2test

import (
	"context"
	"errors"

	"github.com/go-errbot/errbot/st2/st2test/internal/jinja"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
	"github.com/go-errbot/errbot/st2/st2test/internal/resulttext"
)

// runPostResult is the workflow chatops.post_result: format the result, then announce it.
func (s *Server) runPostResult(_ context.Context, call *Call) (any, error) {
	e := call.execution
	given := e.action.withDefaults(e.parameters)
	for _, name := range []string{"user", "channel", "context"} {
		if err := jinja.Evaluable(given.Get(name)); err != nil {
			return nil, workflowFailure(pyjson.Of("type", "error", "message", err.Error()))
		}
	}
	w := s.newWorkflow(e)
	call.workflow = w
	format := w.task("format_execution_result", "chatops.format_execution_result", pyjson.Of("execution_id", given.Get("execution_id")))
	formatted := format.document(view{}).Object("result")
	if format.state() != succeeded {
		return nil, workflowFailure(pyjson.Of("type", "error", "message", "Execution failed. See result for details.",
			"task_id", "format_execution_result", "result", formatted),
			noResult("true", "post_message"), noResult("false", "result_disabled"), noMessage())
	}
	formatted = formatted.Object("result")
	if formatted.Get("enabled") != true {
		w.task("result_disabled", "core.noop", pyjson.Of())
		return note("Execution result is disabled."), nil
	}
	message, err := jinja.Evaluate(formatted.Text("message"))
	if err != nil {
		return nil, workflowFailure(
			pyjson.Of("type", "error", "message", err.Error(), "task_id", "format_execution_result", "route", 0, "task_transition_id", "post_message__t0"),
			noMessage())
	}
	post := pyjson.Of("user", given.Get("user"), "channel", given.Get("channel"), "whisper", given.Get("whisper"), "message", message)
	post.Set("route", given.Get("route"))
	post.Set("context", given.Get("context"))
	post.Set("extra", formatted.ObjectOrEmpty("extra"))
	w.task("post_message", "chatops.post_message", post)
	return note("Execution result has been posted."), nil
}

// noResult is the fault of a transition that looks into a result which is no object.
func noResult(enabled, next string) *pyjson.Object {
	return pyjson.Of("type", "error", "message", "JinjaEvaluationException: Unable to evaluate expression "+
		"'{{ result().result.enabled == "+enabled+" }}'. UndefinedError: 'str object' has no attribute 'enabled'",
		"task_id", "format_execution_result", "route", 0, "task_transition_id", next+"__t0")
}

// noMessage is the fault that follows every other one: the workflow has nothing to post.
func noMessage() *pyjson.Object {
	return pyjson.Of("type", "error", "message", "JinjaEvaluationException: Unable to evaluate expression '{{ ctx('msg') }}'. "+
		"VariableUndefinedError: The variable \"msg\" is undefined.")
}

func note(text string) Raw { return Raw{pyjson.Of("output", pyjson.Of("note", text))} }

func workflowFailure(faults ...*pyjson.Object) error {
	return &Failure{Raw{pyjson.Of("output", nil, "errors", documents(faults))}}
}

// runFormat is chatops.format_execution_result: the text and the extras that the alias of
// an execution makes of its result.
func (s *Server) runFormat(_ context.Context, call *Call) (any, error) {
	id, _ := call.Parameters["execution_id"].(string)
	e := s.executions.find(id)
	if e == nil {
		return nil, errors.New("no execution with the id " + id)
	}
	d := e.document(view{})
	formatted := pyjson.Of("enabled", true)
	result := pyjson.Of()
	if ref := e.contextDocument().Object("action_alias_ref"); ref != nil {
		a := s.aliases.Find(ref.Text("id"))
		if a == nil {
			return nil, errors.New("no action alias with the id " + ref.Text("id"))
		}
		result = a.Document.ObjectOrEmpty("result")
	}
	if enabled, given := result.Get("enabled").(bool); given {
		formatted.Set("enabled", enabled)
	}
	values := pyjson.Of("execution", d)
	if extra, given := result.Lookup("extra"); given {
		rendered, err := jinja.Values(extra, values)
		if err != nil {
			return nil, err
		}
		formatted.Set("extra", rendered)
	}
	message := resulttext.Of(d)
	if template := result.Text("format"); template != "" {
		var err error
		if message, err = jinja.Lenient(template, values); err != nil {
			return nil, err
		}
	}
	formatted.Set("message", message)
	return formatted, nil
}
