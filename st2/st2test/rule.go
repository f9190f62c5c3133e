package st2test

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/ident"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// Rule announces the results of executions that were started with a notification route,
// as the rules of the chatops pack do: with chatops.post_result.
type Rule struct {
	Ref      string // "pack.name"
	Route    string // notification route it answers to
	Announce string // route of its announcements; "" is that of chatops.post_message, "chatops"
	Disabled bool
}

// rule is a registered rule.
type rule struct {
	Rule
	document *pyjson.Object
}

type rules struct {
	mu   sync.RWMutex
	list []*rule
}

func (r *rules) snapshot() []*rule {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Clone(r.list)
}

// AddRule adds a rule, in place of one with the same reference.
func (s *Server) AddRule(added Rule) {
	pack, name, _ := strings.Cut(added.Ref, ".")
	parameters := pyjson.Of("channel", "{{trigger.data.source_channel}}", "user", "{{trigger.data.user}}",
		"execution_id", "{{trigger.execution_id}}")
	if added.Announce != "" {
		route := added.Announce
		if route == added.Route {
			route = "{{ trigger.route }}"
		}
		parameters.Set("route", route)
	}
	parameters.Set("context", "{{trigger.data.source_context}}")
	document := pyjson.Of("tags", []any{}, "uid", "rule:"+pack+":"+name, "metadata_file", "rules/"+strings.ReplaceAll(name, "-", "_")+".yaml",
		"name", name, "ref", added.Ref, "description", "Announces the results of executions with the route "+added.Route+".", "pack", pack,
		"type", pyjson.Of("ref", "standard", "parameters", pyjson.Of()),
		"trigger", pyjson.Of("type", notifyTrigger, "parameters", pyjson.Of(), "ref", notifyTrigger),
		"criteria", pyjson.Of("trigger.route", pyjson.Of("pattern", added.Route, "type", "equals")),
		"action", pyjson.Of("ref", "chatops.post_result", "parameters", parameters),
		"context", pyjson.Of(), "enabled", !added.Disabled, "id", ident.ObjectID())
	s.rules.mu.Lock()
	defer s.rules.mu.Unlock()
	s.rules.list = slices.DeleteFunc(s.rules.list, func(r *rule) bool { return r.Ref == added.Ref })
	s.rules.list = append(s.rules.list, &rule{Rule: added, document: document})
}

// RemoveRule removes a rule; an unknown one is no error.
func (s *Server) RemoveRule(ref string) {
	s.rules.mu.Lock()
	defer s.rules.mu.Unlock()
	s.rules.list = slices.DeleteFunc(s.rules.list, func(r *rule) bool { return r.Ref == ref })
}

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
	all := s.rules.snapshot()
	slices.SortFunc(all, func(x, y *rule) int { return cmp.Compare(x.Ref, y.Ref) })
	var list []*pyjson.Object
	for _, x := range all {
		d := x.document
		if (r.query.Last("pack") == "" || r.query.Last("pack") == d.Text("pack")) && (r.query.Last("name") == "" || r.query.Last("name") == d.Text("name")) {
			list = append(list, sel.Apply(d))
		}
	}
	return pageReply(p, list), nil
}

func (s *Server) getRule(r *request) (*reply, error) {
	wanted := r.PathValue("ref")
	for _, x := range s.rules.snapshot() {
		if x.Ref == wanted || x.document.Text("id") == wanted {
			return s.shown(r, "rule_view", x.document.Text("uid"), x.document.Text("pack"), x.document)
		}
	}
	return nil, fault.NotFound("Resource with a reference or id \"%s\" not found", wanted)
}
