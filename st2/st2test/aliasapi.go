package st2test

import (
	"cmp"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"

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
	if err := s.accounts.Check(r.who.User, "action_alias_list", ""); err != nil {
		return nil, err
	}
	p, err := r.page(100)
	if err != nil {
		return nil, err
	}
	sel, err := r.selection("id", "ref")
	if err != nil {
		return nil, err
	}
	var list []*pyjson.Object
	for _, a := range s.aliases.sorted() {
		if (r.last("pack") == "" || r.last("pack") == a.pack) && (r.last("name") == "" || r.last("name") == a.name) {
			list = append(list, a.document)
		}
	}
	if key := r.last("sort"); key != "" {
		sortBy(list, key)
	}
	for i := range list {
		list[i] = sel.apply(list[i])
	}
	return p.reply(list), nil
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
func (s *Server) aliasNamed(r *request) (*alias, error) {
	ref := r.PathValue("ref")
	if r.Method == http.MethodGet && (strings.HasPrefix(ref, "match") || strings.HasPrefix(ref, "help")) {
		return nil, fault.NoSuchPath()
	}
	a := s.aliases.find(ref)
	if a == nil {
		return nil, fault.NotFound("Resource with a reference or id \"%s\" not found", ref)
	}
	return a, nil
}

func (s *Server) getAlias(r *request) (*reply, error) {
	a, err := s.aliasNamed(r)
	if err != nil {
		return nil, err
	}
	return ok(a.document), nil
}

func (s *Server) createAlias(r *request) (*reply, error) {
	if err := aliasShape.Check(r.body); err != nil {
		return nil, err
	}
	if _, given := r.object().Lookup("formats"); !given {
		return nil, errors.New("StackStorm iterates over formats without looking whether they are there")
	}
	added := newAlias(ident.ObjectID(), r.object())
	for _, demo := range s.aliases.shadowed(added) {
		s.aliases.remove(demo)
		s.publishAlias("delete", demo)
	}
	if !s.aliases.add(added) {
		const collection = "E11000 duplicate key error collection: st2.action_alias_d_b"
		return nil, &fault.Error{
			Status: http.StatusConflict, Extra: []any{"conflict-id", nil},
			Text: "Tried to save duplicate unique keys (" + collection + ", full error: {'index': 0, 'code': 11000, 'errmsg': '" + collection + "'})",
		}
	}
	s.publishAlias("create", added)
	return created(added.document), nil
}

func (s *Server) putAlias(r *request) (*reply, error) {
	if err := aliasShape.Check(r.body); err != nil {
		return nil, err
	}
	old, err := s.aliasNamed(r)
	if err != nil {
		return nil, err
	}
	changed := newAlias(old.id, r.object())
	s.aliases.replace(changed)
	s.publishAlias("update", changed)
	return ok(changed.document), nil
}

func (s *Server) deleteAlias(r *request) (*reply, error) {
	a, err := s.aliasNamed(r)
	if err != nil {
		return nil, err
	}
	s.aliases.remove(a)
	s.publishAlias("delete", a)
	return noContent(), nil
}

func (s *Server) publishAlias(what string, a *alias) {
	s.bus.publish(event{name: "st2.actionalias__" + what, data: func() *pyjson.Object { return a.document }})
}

// help lists the commands. An alias without a description inside the window breaks it,
// and so does RBAC: both are faults of StackStorm that a bot has to live with.
func (s *Server) help(r *request) (*reply, error) {
	limit, err := r.integer("limit", 100)
	if err != nil {
		return nil, err
	}
	offset, err := r.integer("offset", 0)
	if err != nil {
		return nil, err
	}
	if rbac, _ := s.accounts.Restricted(r.who.User); rbac {
		return nil, errors.New("StackStorm asks RBAC about nobody")
	}
	filter, err := regexp.Compile("(?i)" + r.last("filter"))
	if err != nil {
		return nil, err
	}
	lines := s.helpLines(filter, r.last("pack"))
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

func (s *Server) helpLines(filter *regexp.Regexp, pack string) (lines []*pyjson.Object) {
	for _, a := range s.aliases.sorted() {
		if !a.enabled || pack != "" && pack != a.pack {
			continue
		}
		formats, _ := a.document.Get("formats").([]any)
		for _, f := range formats {
			display, _ := f.(string)
			if o, isObject := f.(*pyjson.Object); isObject {
				display = o.Text("display")
			}
			if display == "" || !filter.MatchString(display) {
				continue
			}
			line := pyjson.Of("pack", a.pack, "display", display)
			if description, given := a.document.Lookup("description"); given {
				line.Set("description", description)
			}
			lines = append(lines, line)
		}
	}
	return lines
}
