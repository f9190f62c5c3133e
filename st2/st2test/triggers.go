package st2test

import (
	"slices"
	"sync"

	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/ident"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

const inquiryTrigger = "core.st2.generic.inquiry"

// maxTriggers bounds the trigger instances kept; the oldest are dropped.
const maxTriggers = 1000

// triggers keeps what has triggered rules, oldest first.
type triggers struct {
	mu   sync.Mutex
	list []*pyjson.Object
}

// pull records that a trigger fired, and returns its instance.
func (s *Server) pull(trigger string, payload *pyjson.Object) *pyjson.Object {
	instance := pyjson.Of("trigger", trigger, "occurrence_time", ident.Timestamp(s.now()), "status", "processed", "id", ident.ObjectID(), "payload", payload)
	t := &s.triggers
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.list) == maxTriggers {
		t.list = t.list[1:]
	}
	t.list = append(t.list, instance)
	return instance
}

func (s *Server) listTriggers(r *request) (*reply, error) {
	if err := s.rbac.Check(r.who.User, "trigger_list"); err != nil {
		return nil, err
	}
	p, err := r.page(100)
	if err != nil {
		return nil, err
	}
	s.triggers.mu.Lock()
	defer s.triggers.mu.Unlock()
	var list []*pyjson.Object
	for _, x := range slices.Backward(s.triggers.list) {
		if r.query.Equals("trigger", x.Text("trigger")) {
			list = append(list, x)
		}
	}
	return pageReply(p, list), nil
}

func (s *Server) getTrigger(r *request) (*reply, error) {
	id := r.PathValue("id")
	s.triggers.mu.Lock()
	defer s.triggers.mu.Unlock()
	for _, x := range s.triggers.list {
		if x.Text("id") == id {
			return s.shown(r, "trigger_view", "trigger_instance:"+id, "", x)
		}
	}
	return nil, fault.NotFound("Unable to identify resource with id \"%s\".", id)
}
