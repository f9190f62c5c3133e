package st2test

import (
	"slices"
	"sync"

	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/ident"
	"github.com/go-errbot/errbot/st2/st2test/internal/inquiry"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
	"github.com/go-errbot/errbot/st2/st2test/internal/query"
	"github.com/go-errbot/errbot/st2/st2test/internal/rules"
	"github.com/go-errbot/errbot/st2/st2test/internal/schema"
)

// inquiryHooks are called when something is asked.
type inquiryHooks struct {
	mu   sync.Mutex
	list []func(id, route string)
}

// OnInquiry has a function called for each inquiry that is opened, in place of a rule on
// the trigger core.st2.generic.inquiry. As there, it comes before the execution is
// pending: whoever asks for the inquiry at once is told that it was answered.
func (s *Server) OnInquiry(tell func(id, route string)) {
	s.asked.mu.Lock()
	defer s.asked.mu.Unlock()
	s.asked.list = append(s.asked.list, tell)
}

// ask is what the inquirer runner does: the execution waits for an answer.
func (s *Server) ask(e *execution) {
	result := inquiry.Result(e.action.schema, e.parameters)
	s.asked.mu.Lock()
	hooks := s.asked.list
	s.asked.mu.Unlock()
	s.triggers.Fire(rules.InquiryTrigger, s.now(), pyjson.Of("id", e.id, "route", result.Get("route")))
	for _, tell := range hooks {
		tell(e.id, result.Text("route"))
	}
	e.mu.Lock()
	e.size = len(pyjson.Encode(result))
	e.mu.Unlock()
	s.update(e, pending, result, running)
}

// resultSize is the size of the result as it was stored. An inquiry's is that of the
// question, also after the answer. e.mu is held.
func (e *execution) resultSize() int {
	switch {
	case e.size > 0:
		return e.size
	case e.result.Len() > 0 && !e.ended.IsZero() && e.hosted:
		return len(pyjson.Encode(e.result))
	}
	return 0
}

// shownResult is the result with the secrets of an answer hidden. e.mu is held.
func (e *execution) shownResult(secrets bool) *pyjson.Object {
	if secrets || !e.action.isInquirer() {
		return e.result
	}
	return inquiry.Masked(e.result)
}

// inquiryNamed finds an inquiry that can be answered.
func (s *Server) inquiryNamed(id string) (*execution, error) {
	e := s.executions.find(id)
	switch {
	case e == nil || id == "last":
		return nil, fault.NotFound("The resource could not be found.")
	case !e.action.isInquirer():
		return nil, fault.BadRequest("Action execution \"%s\" is not an inquiry.", id)
	}
	switch e.state() {
	case pending:
		return e, nil
	case timedOut:
		return nil, fault.BadRequest("Inquiry \"%s\" timed out and cannot be responded to.", id)
	}
	return nil, fault.BadRequest("Inquiry \"%s\" has already been responded to.", id)
}

// question is the result of an inquiry.
func (e *execution) question() *pyjson.Object {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.result
}

func (s *Server) listInquiries(r *request) (*reply, error) {
	if err := s.rbac.Check(r.who.User, "inquiry_list"); err != nil {
		return nil, err
	}
	p, err := r.page(20)
	if err != nil {
		return nil, err
	}
	p.Offset = 0 // this list has none
	sel, err := r.query.Selection("id")
	if err != nil {
		return nil, err
	}
	var all []*pyjson.Object
	for _, e := range s.executions.snapshot() {
		if e.action.isInquirer() && e.state() == pending {
			all = append(all, sel.Apply(inquiry.Document(e.id, e.question())))
		}
	}
	answer := ok(documents(query.Window(all, p)))
	answer.Header = p.Header(len(all))
	return answer, nil
}

func (s *Server) getInquiry(r *request) (*reply, error) {
	e, err := s.inquiryNamed(r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if err := s.mayInquire(r.who.User, "inquiry_view", e); err != nil {
		return nil, err
	}
	return ok(inquiry.Document(e.id, e.question())), nil
}

var answerShape = schema.Shape{Fields: []schema.Field{
	schema.RequiredText("id"), {Name: "response", Types: []string{"object"}, Required: true},
}}

// answerInquiry goes by the id in the path; that in the body may be anything.
func (s *Server) answerInquiry(r *request) (*reply, error) {
	if err := answerShape.Check(r.body); err != nil {
		return nil, err
	}
	e, err := s.inquiryNamed(r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if err := s.mayAnswer(r.who.User, e); err != nil {
		return nil, err
	}
	question, response := e.question(), r.object().Object("response")
	if text := inquiry.Fault(question.Object("schema"), response); text != "" {
		return nil, fault.BadRequest("Response for inquiry \"%s\" did not pass schema validation. %s", e.id, text)
	}
	answered := question.Clone()
	answered.Set("response", response)
	if !s.endInquiry(e, succeeded, answered, r.who.User) {
		return nil, fault.BadRequest("Inquiry \"%s\" has already been responded to.", e.id)
	}
	return ok(pyjson.Of("id", e.id, "response", response)), nil
}

func (s *Server) mayAnswer(user string, e *execution) error {
	if err := s.mayInquire(user, "inquiry_respond", e); err != nil {
		return err
	}
	question := e.question()
	users := texts(question.Get("users"))
	if s.rbac.InRoles(user, texts(question.Get("roles"))) && (len(users) == 0 || slices.Contains(users, user)) {
		return nil
	}
	return fault.Forbidden("User \"%s\" does not have permission to respond to inquiry \"%s\".",
		s.accounts.Repr(user, ident.ObjectID()), e.id)
}

// ExpireInquiry lets an inquiry run out of time, which the garbage collector does there
// where it is configured to. It reports false when none by that id is pending.
func (s *Server) ExpireInquiry(id string) bool {
	e, err := s.inquiryNamed(id)
	return err == nil && s.endInquiry(e, timedOut, nil, s.systemUser)
}

// endInquiry ends an inquiry and lets its workflow go on: the stream tells of the
// workflow first.
func (s *Server) endInquiry(e *execution, status string, result *pyjson.Object, by string) bool {
	if parent := s.executions.find(e.parent); parent != nil {
		if parent.state() == paused {
			parent.addContext("resumed_by", by)
		}
		s.resume(parent)
		defer parent.wake()
	}
	ended := e.set(status, result, pending)
	if ended {
		s.publishExecution("update", e)
		s.notifyLater(e)
	}
	return ended
}

// texts returns the texts of a list.
func texts(v any) []string {
	list, _ := v.([]any)
	var out []string
	for _, x := range list {
		if text, isText := x.(string); isText {
			out = append(out, text)
		}
	}
	return out
}
