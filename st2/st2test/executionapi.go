package st2test

import (
	"net/http"
	"strings"
	"time"

	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
	"github.com/go-errbot/errbot/st2/st2test/internal/schema"
)

var (
	executionShape = schema.Shape{Fields: []schema.Field{
		schema.RequiredText("action"), schema.Object("parameters"), schema.Object("context"), schema.ObjectOrNull("notify"), schema.TextOrNull("user"),
		{Name: "delay", Types: []string{"integer", "null"}},
	}}
	rerunShape = schema.Shape{Fields: []schema.Field{schema.Object("parameters"), schema.TextOrNull("user"), {Name: "delay", Types: []string{"integer", "null"}}}}
	putShape   = schema.Shape{Fields: []schema.Field{{Name: "status", Enum: []string{
		"requested", "scheduled", "delayed", "running", "succeeded", "failed", "timeout", "abandoned",
		"canceling", "canceled", "pending", "pausing", "paused", "resuming",
	}}}}
)

// admit checks what every new execution must meet. say words a violation.
func (s *Server) admit(a *action, parameters *pyjson.Object, say func(*schema.Violation) string) error {
	if !a.enabled {
		return fault.BadRequest("Unable to execute. Action \"%s\" is disabled.", a.ref)
	}
	if fixed := schema.Immutables(a.schema, parameters); fixed != nil {
		return fault.BadRequest("Override of immutable parameter(s) ['%s'] is unsupported.", strings.Join(fixed, "', '"))
	}
	if v := schema.Validate(a.schema, parameters); v != nil {
		return fault.BadRequest("%s", say(v))
	}
	return nil
}

// begin starts an execution that was stored. Without RabbitMQ it stays as requested.
func (s *Server) begin(e *execution) error {
	if s.faults.get().RabbitDown {
		return &fault.Error{Status: http.StatusInternalServerError, Text: "[Errno 111] ECONNREFUSED"}
	}
	s.launch(e)
	return nil
}

func (s *Server) createExecution(r *request) (*reply, error) {
	if err := executionShape.Check(r.body); err != nil {
		return nil, err
	}
	body := r.object()
	secrets, err := r.secrets()
	if err != nil {
		return nil, err
	}
	name, err := s.userOf(r)
	if err != nil {
		return nil, err
	}
	c := body.ObjectOrEmpty("context").Clone()
	c.Set("user", name)
	return s.create(r, order{
		action: s.actions.find(body.Text("action")), parameters: body.ObjectOrEmpty("parameters"), context: c,
		notify: body.Object("notify"), delay: delayOf(body), links: pyjson.Of(), origin: pyjson.Of(),
	}, body.Text("action"), secrets)
}

// userOf is whom an execution is to run as. Only administrators may name another.
func (s *Server) userOf(r *request) (string, error) {
	name := r.object().Text("user")
	if name == "" || name == r.who.User {
		return r.who.User, nil
	}
	return name, s.rbac.AdminOnly(r.who.User, "\"user\" attribute can only be provided by admins")
}

func delayOf(body *pyjson.Object) time.Duration {
	ms, _ := body.Get("delay").(int64)
	return time.Duration(ms) * time.Millisecond
}

func (s *Server) create(r *request, o order, ref string, secrets bool) (*reply, error) {
	if o.action == nil {
		return nil, fault.BadRequest("Action \"%s\" cannot be found.", ref)
	}
	if err := s.mayExecute(r.who.User, o.action); err != nil {
		return nil, err
	}
	rendered, err := schema.Render(o.parameters)
	if err != nil {
		return nil, err
	}
	if o.parameters, err = schema.Cast(o.action.schema, rendered, schema.PlainFault); err != nil {
		return nil, err
	}
	if o.notify != nil {
		o.notify = orderedNotify(o.notify)
	}
	if err := s.admit(o.action, o.parameters, func(v *schema.Violation) string { return v.Message }); err != nil {
		return nil, err
	}
	e := s.request(o)
	fresh := e.document(view{fresh: true, secrets: secrets})
	if err := s.begin(e); err != nil {
		return nil, err
	}
	return created(fresh), nil
}

// orderedNotify puts the keys in the order in which they are stored.
func orderedNotify(given *pyjson.Object) *pyjson.Object {
	out := pyjson.Of()
	for _, section := range given.Keys() {
		about := given.Object(section)
		out.Set(strings.ReplaceAll(section, "_", "-"), pyjson.Of("data", about.ObjectOrEmpty("data"), "routes", about.Get("routes")))
	}
	return out
}

// executionNamed finds the execution of a request's path. A permission of "" is none.
func (s *Server) executionNamed(r *request, permission string) (*execution, error) {
	id := r.PathValue("id")
	e := s.executions.find(id)
	if e == nil {
		return nil, fault.NotFound("Unable to identify resource with id \"%s\".", id)
	}
	return e, s.mayTouch(r.who.User, permission, e)
}

func (s *Server) getExecution(r *request) (*reply, error) {
	v, sel, err := r.executionView()
	if err != nil {
		return nil, err
	}
	e, err := s.executionNamed(r, "execution_view")
	if err != nil {
		return nil, err
	}
	return ok(sel.Apply(e.document(v))), nil
}

func (s *Server) executionOutput(r *request) (*reply, error) {
	e, err := s.executionNamed(r, "execution_view")
	if err != nil {
		return nil, err
	}
	answer := ok(e.outputText(r.query.Last("output_type")))
	answer.ContentType = "text/plain; charset=UTF-8"
	return answer, nil
}

func (s *Server) executionResult(r *request) (*reply, error) {
	e, err := s.executionNamed(r, "")
	if err != nil {
		return nil, err
	}
	answer := ok(string(pyjson.Encode(e.document(view{}).ObjectOrEmpty("result"))))
	answer.ContentType = "text/json"
	return answer, nil
}

func (s *Server) executionAttribute(r *request) (*reply, error) {
	name := r.PathValue("name")
	if name != "result" && name != "status" && name != "trigger_instance" {
		return nil, fault.BadRequest("Invalid attribute \"%s\" specified. Valid attributes are: result, trigger_instance, status", name)
	}
	e, err := s.executionNamed(r, "execution_view")
	if err != nil {
		return nil, err
	}
	return ok(e.document(view{}).Get(name)), nil
}

func (s *Server) executionChildren(r *request) (*reply, error) {
	e, err := s.executionNamed(r, "execution_view")
	if err != nil {
		return nil, err
	}
	var list []*pyjson.Object
	for _, child := range s.executions.snapshot() {
		if child.parent == e.id {
			list = append(list, child.document(view{}))
		}
	}
	return ok(documents(list)), nil
}

// cancelExecution answers 200 also when there is nothing to cancel: the body says so.
func (s *Server) cancelExecution(r *request) (*reply, error) {
	e, err := s.executionNamed(r, "execution_stop")
	if err != nil {
		return nil, err
	}
	return s.cancel(e, r.who.User)
}

func (s *Server) cancel(e *execution, by string) (*reply, error) {
	result := pyjson.Of("message", "Action canceled by user.", "user", by)
	switch {
	case e.set(canceled, result, requested, delayed):
		e.addContext("cancelled_by", by)
		s.publishExecution("update", e)
		e.cancel()
		s.notifyLater(e)
	case e.set(canceled, result, paused):
		e.addContext("cancelled_by", by)
		e.wake()
		s.publishExecution("update", e)
		e.cancel()
	case e.set(canceling, result, scheduled, running, resuming):
		e.addContext("cancelled_by", by)
		s.publishExecution("update", e)
		e.cancel()
	case e.state() != canceled && e.state() != canceling:
		return nil, &fault.Error{Status: http.StatusOK, Text: "Action cannot be canceled. State = " + e.state() + "."}
	}
	return ok(e.document(view{})), nil
}

// notifyLater tells about an execution that was canceled before it ran.
func (s *Server) notifyLater(e *execution) {
	if !s.enter() {
		return
	}
	s.idle.Begin()
	go func() {
		defer s.work.Done()
		defer s.idle.End()
		s.notify(e)
	}()
}

// putExecution cancels. No action here can pause, as a shell command cannot there.
func (s *Server) putExecution(r *request) (*reply, error) {
	if err := putShape.Check(r.body); err != nil {
		return nil, err
	}
	e, err := s.executionNamed(r, "execution_stop")
	if err != nil {
		return nil, err
	}
	if isFinal(e.state()) {
		return nil, fault.BadRequest("Execution is already in completed state.")
	}
	if e.action.isWorkflow() && e.state() != running {
		return s.putIdleWorkflow(r, e)
	}
	what := "pause"
	switch r.object().Text("status") {
	case "canceling", "canceled":
		return s.cancel(e, r.who.User)
	case "resuming", "running":
		what = "resume"
	}
	return nil, fault.BadRequest("Failed updating execution. Unable to %s liveaction \"%s\" because it is not supported by the \"%s\" runner.",
		what, e.liveID, e.action.runnerName())
}

// rerunExecution runs an execution again. Neither its context nor whom to notify is copied.
func (s *Server) rerunExecution(r *request) (*reply, error) {
	if err := rerunShape.Check(r.body); err != nil {
		return nil, err
	}
	e, err := s.executionNamed(r, "execution_view")
	if err != nil {
		return nil, err
	}
	name, err := s.userOf(r)
	if err != nil {
		return nil, err
	}
	parameters := e.parameters.Clone()
	others := r.object().ObjectOrEmpty("parameters")
	for _, name := range others.Keys() {
		parameters.Set(name, others.Get(name))
	}
	return s.create(r, order{
		action: s.actions.find(e.action.ref), parameters: parameters, delay: delayOf(r.object()), links: pyjson.Of(), origin: pyjson.Of(), trace: e.trace,
		context: pyjson.Of("re-run", pyjson.Of("ref", e.id), "trace_context", pyjson.Of("id_", e.trace), "user", name),
	}, e.action.ref, false)
}
