package st2test

import (
	"cmp"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/go-errbot/errbot/st2/st2test/internal/aliases"
	"github.com/go-errbot/errbot/st2/st2test/internal/events"
	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/ident"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
	"github.com/go-errbot/errbot/st2/st2test/internal/schema"
)

var aliasShape = schema.Shape{Closed: true, Fields: []schema.Field{
	schema.RequiredText("name"), schema.RequiredText("pack"), schema.RequiredText("action_ref"), {Name: "formats", Types: []string{"array"}},
	schema.Text("id"), schema.Text("uid"), schema.Text("ref"), schema.Text("metadata_file"), schema.Text("description"), {Name: "enabled", Types: []string{"boolean"}},
	schema.Object("ack"), schema.Object("result"), schema.Object("extra"), schema.Object("immutable_parameters"),
}}

func (s *Server) listAliases(r *request) (*reply, error) {
	if err := s.rbac.Check(r.who.User, "action_alias_list"); err != nil {
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
	for _, a := range s.aliases.Sorted() {
		if (r.query.Last("pack") == "" || r.query.Last("pack") == a.Pack) && (r.query.Last("name") == "" || r.query.Last("name") == a.Name) {
			list = append(list, a.Document)
		}
	}
	if key := r.query.Last("sort"); key != "" {
		sortBy(list, key)
	}
	for i := range list {
		list[i] = sel.Apply(list[i])
	}
	return pageReply(p, list), nil
}

// sortBy sorts by a text key, descending after a "-".
func sortBy(list []*pyjson.Object, key string) {
	name, descending := strings.CutPrefix(key, "-")
	slices.SortStableFunc(list, func(x, y *pyjson.Object) int {
		order := cmp.Compare(x.Text(name), y.Text(name))
		if descending {
			return -order
		}
		return order
	})
}

// aliasNamed finds the alias of a request's path. What begins with match or help is
// taken by other routes there, and so by none.
func (s *Server) aliasNamed(r *request, permission string) (*aliases.Alias, error) {
	ref := r.PathValue("ref")
	if r.Method == http.MethodGet && (strings.HasPrefix(ref, "match") || strings.HasPrefix(ref, "help")) {
		return nil, fault.NoSuchPath()
	}
	a := s.aliases.Find(ref)
	if a == nil {
		return nil, fault.NotFound("Resource with a reference or id \"%s\" not found", ref)
	}
	return a, s.rbac.CheckOn(r.who.User, permission, a.Document.Text("uid"), a.Pack)
}

func (s *Server) getAlias(r *request) (*reply, error) {
	a, err := s.aliasNamed(r, "action_alias_view")
	if err != nil {
		return nil, err
	}
	return ok(a.Document), nil
}

func (s *Server) createAlias(r *request) (*reply, error) {
	if err := aliasShape.Check(r.body); err != nil {
		return nil, err
	}
	if _, given := r.object().Lookup("formats"); !given {
		return nil, errors.New("StackStorm iterates over formats without looking whether they are there")
	}
	added := aliases.New(ident.ObjectID(), r.object())
	if err := s.rbac.CheckOn(r.who.User, "action_alias_create", added.Document.Text("uid"), added.Pack); err != nil {
		return nil, err
	}
	for _, demo := range s.aliases.Shadowed(added) {
		s.aliases.Remove(demo)
		s.publishAlias("delete", demo)
	}
	if !s.aliases.Add(added) {
		const collection = "E11000 duplicate key error collection: st2.action_alias_d_b"
		return nil, &fault.Error{
			Status: http.StatusConflict, Extra: []any{"conflict-id", nil},
			Text: "Tried to save duplicate unique keys (" + collection + ", full error: {'index': 0, 'code': 11000, 'errmsg': '" + collection + "'})",
		}
	}
	s.publishAlias("create", added)
	return created(added.Document), nil
}

func (s *Server) putAlias(r *request) (*reply, error) {
	if err := aliasShape.Check(r.body); err != nil {
		return nil, err
	}
	old, err := s.aliasNamed(r, "action_alias_modify")
	if err != nil {
		return nil, err
	}
	changed := aliases.New(old.ID, r.object())
	s.aliases.Replace(changed)
	s.publishAlias("update", changed)
	return ok(changed.Document), nil
}

func (s *Server) deleteAlias(r *request) (*reply, error) {
	a, err := s.aliasNamed(r, "action_alias_delete")
	if err != nil {
		return nil, err
	}
	s.aliases.Remove(a)
	s.publishAlias("delete", a)
	return noContent(), nil
}

var matchShape = schema.Shape{Fields: []schema.Field{schema.RequiredText("command")}}

func (s *Server) matchAlias(r *request) (*reply, error) {
	if err := s.rbac.Check(r.who.User, "action_alias_match"); err != nil {
		return nil, err
	}
	if err := matchShape.Check(r.body); err != nil {
		return nil, err
	}
	m, err := s.aliases.Match(r.object().Text("command"))
	if err != nil {
		return nil, err
	}
	return ok(pyjson.Of("actionalias", m.Alias.Document, "display", m.Display, "representation", m.Representation)), nil
}

func (s *Server) publishAlias(what string, a *aliases.Alias) {
	s.bus.Publish(events.Event{Name: "st2.actionalias__" + what, Data: func() *pyjson.Object { return a.Document }})
}

// help lists the commands. An alias without a description inside the window breaks it,
// and so does RBAC: both are faults of StackStorm that a bot has to live with.
func (s *Server) help(r *request) (*reply, error) {
	limit, err := r.query.Integer("limit", 100)
	if err != nil {
		return nil, err
	}
	offset, err := r.query.Integer("offset", 0)
	if err != nil {
		return nil, err
	}
	if s.rbac.On() {
		return nil, errors.New("StackStorm asks RBAC about nobody")
	}
	filter, err := regexp.Compile("(?i)" + r.query.Last("filter"))
	if err != nil {
		return nil, err
	}
	lines := s.aliases.Help(filter, r.query.Last("pack"))
	available := len(lines)
	if offset >= 0 { // a negative offset lifts the limit too
		lines = lines[min(offset, len(lines)):]
		if limit > 0 {
			lines = lines[:min(limit, len(lines))]
		}
	}
	list := make([]any, len(lines))
	for i, line := range lines {
		if _, described := line.Lookup("description"); !described {
			return nil, errors.New("StackStorm reads the description without looking whether it is there")
		}
		list[i] = line
	}
	return ok(pyjson.Of("available", available, "helpstrings", list)), nil
}
