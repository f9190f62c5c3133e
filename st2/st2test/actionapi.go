package st2test

import (
	"net/http"

	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
	"github.com/go-errbot/errbot/st2/st2test/internal/schema"
)

var actionShape = schema.Shape{Fields: []schema.Field{
	schema.RequiredText("name"), schema.RequiredText("pack"), schema.RequiredText("runner_type"), schema.Object("parameters"),
	schema.Text("description"), schema.Text("entry_point"), {Name: "enabled", Types: []string{"boolean"}},
}}

func (s *Server) listActions(r *request) (*reply, error) {
	if err := s.rbac.Check(r.who.User, "action_list"); err != nil {
		return nil, err
	}
	p, err := r.page(100)
	if err != nil {
		return nil, err
	}
	sel, err := r.query.Selection("id", "ref")
	if err != nil {
		return nil, err
	}
	var list []*pyjson.Object
	for _, a := range s.actions.sorted() {
		if r.query.Last("pack") == "" || r.query.Last("pack") == a.pack {
			list = append(list, sel.Apply(a.document))
		}
	}
	return pageReply(p, list), nil
}

func (s *Server) getAction(r *request) (*reply, error) {
	wanted := r.PathValue("ref")
	for _, a := range s.actions.sorted() {
		if a.ref == wanted || a.document.Text("id") == wanted {
			return s.shown(r, "action_view", a.document.Text("uid"), a.pack, a.document)
		}
	}
	return nil, fault.NotFound("Resource with a reference or id \"%s\" not found", wanted)
}

// createAction registers an action that answers with its parameters.
func (s *Server) createAction(r *request) (*reply, error) {
	if err := actionShape.Check(r.body); err != nil {
		return nil, err
	}
	body := r.object()
	if s.actions.find(body.Text("pack")+"."+body.Text("name")) != nil {
		return nil, &fault.Error{Status: http.StatusConflict, Extra: []any{"conflict-id", nil}, Text: "Tried to save duplicate unique keys"}
	}
	body = body.Clone()
	body.Delete("ref")
	added := s.actions.make(body)
	if added == nil {
		return nil, fault.BadRequest("RunnerType \"%s\" is not found.", body.Text("runner_type"))
	}
	if err := s.rbac.CheckOn(r.who.User, "action_create", added.document.Text("uid"), added.pack); err != nil {
		return nil, err
	}
	s.actions.add(added)
	return created(added.document), nil
}

func (s *Server) listPacks(r *request) (*reply, error) {
	if err := s.rbac.Check(r.who.User, "pack_list"); err != nil {
		return nil, err
	}
	p, err := r.page(100)
	if err != nil {
		return nil, err
	}
	return pageReply(p, s.shop.Installed), nil
}

func (s *Server) getPack(r *request) (*reply, error) {
	wanted := r.PathValue("ref")
	for _, pack := range s.shop.Installed {
		if pack.Text("ref") == wanted || pack.Text("id") == wanted {
			return s.shown(r, "pack_view", "pack:"+pack.Text("ref"), pack.Text("ref"), pack)
		}
	}
	return nil, fault.NotFound("Resource with a ref or id \"%s\" not found", wanted)
}
