package st2test

import (
	"net/http"

	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
	"github.com/go-errbot/errbot/st2/st2test/internal/rules"
	"github.com/go-errbot/errbot/st2/st2test/internal/schema"
)

// Rule announces the results of executions that were started with a notification route,
// as the rules of the chatops pack do: with chatops.post_result.
type Rule struct {
	Ref      string // "pack.name"
	Route    string // notification route it answers to
	Announce string // route of its announcements; "" is that of chatops.post_message, "chatops"
	Disabled bool
}

// AddRule adds a rule, in place of one with the same reference.
func (s *Server) AddRule(added Rule) { s.rules.Add(rules.Rule(added)) }

// RemoveRule removes a rule; an unknown one is no error.
func (s *Server) RemoveRule(ref string) { s.rules.Remove(ref) }

func (s *Server) listRules(r *request) (*reply, error) {
	if err := s.rbac.Check(r.who.User, "rule_list"); err != nil {
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
	for _, x := range s.rules.Sorted() {
		d := x.Document
		if (r.query.Last("pack") == "" || r.query.Last("pack") == d.Text("pack")) && (r.query.Last("name") == "" || r.query.Last("name") == d.Text("name")) {
			list = append(list, sel.Apply(d))
		}
	}
	return pageReply(p, list), nil
}

func (s *Server) getRule(r *request) (*reply, error) {
	wanted := r.PathValue("ref")
	x := s.rules.Find(wanted)
	if x == nil {
		return nil, fault.NotFound("Resource with a reference or id \"%s\" not found", wanted)
	}
	return s.shown(r, "rule_view", x.Document.Text("uid"), x.Document.Text("pack"), x.Document)
}

var ruleShape = schema.Shape{Fields: []schema.Field{
	schema.RequiredText("name"), schema.Text("pack"), schema.Text("description"), {Name: "enabled", Types: []string{"boolean"}},
	{Name: "trigger", Types: []string{"object"}, Required: true}, schema.Object("criteria"), schema.Object("action"),
}}

// createRule adds a rule of the kind that [Rule] describes. Of other rules nothing is
// known here: they are refused.
func (s *Server) createRule(r *request) (*reply, error) {
	if err := ruleShape.Check(r.body); err != nil {
		return nil, err
	}
	body := r.object()
	pack := body.Text("pack")
	if pack == "" {
		pack = "default"
	}
	added := rules.Rule{Ref: pack + "." + body.Text("name"), Disabled: body.Get("enabled") != true}
	if err := s.rbac.CheckOn(r.who.User, "rule_create", "rule:"+pack+":"+body.Text("name"), pack); err != nil {
		return nil, err
	}
	if x := s.rules.Find(added.Ref); x != nil {
		return nil, &fault.Error{Status: http.StatusConflict, Extra: []any{"conflict-id", x.Document.Text("id")}, Text: "Tried to save duplicate unique keys"}
	}
	if err := added.Read(body); err != nil {
		return nil, err
	}
	return created(s.rules.Add(added).Document), nil
}
