package st2test

import (
	"slices"

	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

func (s *Server) listTriggers(r *request) (*reply, error) {
	if err := s.rbac.Check(r.who.User, "trigger_list"); err != nil {
		return nil, err
	}
	p, err := r.page(100)
	if err != nil {
		return nil, err
	}
	return pageReply(p, slices.DeleteFunc(s.triggers.Newest(), func(x *pyjson.Object) bool {
		return !r.query.Equals("trigger", x.Text("trigger"))
	})), nil
}

func (s *Server) getTrigger(r *request) (*reply, error) {
	id := r.PathValue("id")
	for _, x := range s.triggers.Newest() {
		if x.Text("id") == id {
			return s.shown(r, "trigger_view", "trigger_instance:"+id, "", x)
		}
	}
	return nil, fault.NotFound("Unable to identify resource with id \"%s\".", id)
}
