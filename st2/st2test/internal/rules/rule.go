// Package rules knows the rules that announce the results of executions, and keeps them.
package rules

import (
	"strings"

	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/ident"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// Rule announces the results of executions that were started with a notification route.
type Rule struct {
	Ref      string // "pack.name"
	Route    string // notification route it answers to
	Announce string // route of its announcements; "" is that of chatops.post_message
	Disabled bool
}

// Document is the rule as the API shows it, with a new id.
func (r Rule) Document() *pyjson.Object {
	pack, name, _ := strings.Cut(r.Ref, ".")
	parameters := pyjson.Of("channel", "{{trigger.data.source_channel}}", "user", "{{trigger.data.user}}",
		"execution_id", "{{trigger.execution_id}}")
	if r.Announce != "" {
		route := r.Announce
		if route == r.Route {
			route = "{{ trigger.route }}"
		}
		parameters.Set("route", route)
	}
	parameters.Set("context", "{{trigger.data.source_context}}")
	return pyjson.Of("tags", []any{}, "uid", "rule:"+pack+":"+name, "metadata_file", "rules/"+strings.ReplaceAll(name, "-", "_")+".yaml",
		"name", name, "ref", r.Ref, "description", "Announces the results of executions with the route "+r.Route+".", "pack", pack,
		"type", pyjson.Of("ref", "standard", "parameters", pyjson.Of()),
		"trigger", pyjson.Of("type", Trigger, "parameters", pyjson.Of(), "ref", Trigger),
		"criteria", pyjson.Of("trigger.route", pyjson.Of("pattern", r.Route, "type", "equals")),
		"action", pyjson.Of("ref", "chatops.post_result", "parameters", parameters),
		"context", pyjson.Of(), "enabled", !r.Disabled, "id", ident.ObjectID())
}

// ruleParameters are what a rule must give chatops.post_result for its results to be
// announced as [Rule] does; blanks do not count.
var ruleParameters = map[string]string{
	"channel":      "{{trigger.data.source_channel}}",
	"user":         "{{trigger.data.user}}",
	"execution_id": "{{trigger.execution_id}}",
	"context":      "{{trigger.data.source_context}}",
}

// Read takes the routes out of a rule's document.
func (r *Rule) Read(body *pyjson.Object) error {
	route := body.Object("criteria").Object("trigger.route")
	action := body.Object("action")
	switch {
	case body.Object("trigger").Text("type") != Trigger:
		return fault.BadRequest("this StackStorm knows rules on %s only", Trigger)
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
