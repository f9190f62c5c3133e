package st2test

import (
	"net/http"
	"strings"

	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
	"github.com/go-errbot/errbot/st2/st2test/internal/schema"
)

var ruleShape = schema.Shape{Fields: []schema.Field{
	schema.RequiredText("name"), schema.Text("pack"), schema.Text("description"), {Name: "enabled", Types: []string{"boolean"}},
	{Name: "trigger", Types: []string{"object"}, Required: true}, schema.Object("criteria"), schema.Object("action"),
}}

// ruleParameters are what a rule must give chatops.post_result for its results to be
// announced as [Rule] does; blanks do not count.
var ruleParameters = map[string]string{
	"channel":      "{{trigger.data.source_channel}}",
	"user":         "{{trigger.data.user}}",
	"execution_id": "{{trigger.execution_id}}",
	"context":      "{{trigger.data.source_context}}",
}

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
	added := Rule{Ref: pack + "." + body.Text("name"), Disabled: body.Get("enabled") != true}
	if err := s.rbac.CheckOn(r.who.User, "rule_create", "rule:"+pack+":"+body.Text("name"), pack); err != nil {
		return nil, err
	}
	for _, x := range s.rules.snapshot() {
		if x.Ref == added.Ref {
			return nil, &fault.Error{Status: http.StatusConflict, Extra: []any{"conflict-id", x.document.Text("id")}, Text: "Tried to save duplicate unique keys"}
		}
	}
	if err := added.read(body); err != nil {
		return nil, err
	}
	s.AddRule(added)
	for _, x := range s.rules.snapshot() {
		if x.Ref == added.Ref {
			return created(x.document), nil
		}
	}
	return nil, fault.NotFound("Resource with a reference or id \"%s\" not found", added.Ref)
}

// read takes the routes out of a rule's document.
func (r *Rule) read(body *pyjson.Object) error {
	route := body.Object("criteria").Object("trigger.route")
	action := body.Object("action")
	switch {
	case body.Object("trigger").Text("type") != notifyTrigger:
		return fault.BadRequest("this StackStorm knows rules on %s only", notifyTrigger)
	case route == nil || route.Text("type") != "equals":
		return fault.BadRequest("this StackStorm knows rules whose trigger.route equals something only")
	case action.Text("ref") != "chatops.post_result":
		return fault.BadRequest("this StackStorm knows rules that run chatops.post_result only")
	}
	given := action.Object("parameters")
	for name, template := range ruleParameters {
		if withoutBlanks(given.Text(name)) != template && (name != "context" || given.Text(name) != "") {
			return fault.BadRequest("this StackStorm knows rules only whose %s is %s", name, template)
		}
	}
	r.Route, r.Announce = route.Text("pattern"), given.Text("route")
	if withoutBlanks(r.Announce) == "{{trigger.route}}" {
		r.Announce = r.Route
	}
	return nil
}

func withoutBlanks(text string) string { return strings.ReplaceAll(text, " ", "") }
