package st2test

import (
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
	"github.com/go-errbot/errbot/st2/st2test/internal/rules"
)

// notify tells about an execution that has ended, on every route it asks for, in the
// goroutine of that execution.
func (s *Server) notify(e *execution) {
	status := e.state()
	if e.notify == nil || !isFinal(status) {
		return
	}
	if s.notifyDelay > 0 && !pause(s.notifyDelay, s.life.Done()) {
		return
	}
	for _, section := range []string{"on-complete", "on-success", "on-failure"} {
		if section == "on-success" && status != succeeded || section == "on-failure" && status == succeeded {
			continue
		}
		about := e.notify.Object(section)
		routes, _ := about.Get("routes").([]any)
		for _, route := range routes {
			s.dispatch(e, about.ObjectOrEmpty("data"), route)
		}
	}
}

// dispatch lets the rules act that answer to a route. No rule is no announcement.
func (s *Server) dispatch(e *execution, data *pyjson.Object, route any) {
	for _, r := range s.rules.All() {
		if r.Disabled || r.Route != route {
			continue
		}
		trigger := s.triggerOf(e, data, route)
		parameters := pyjson.Of("channel", data.Get("source_channel"), "user", data.Get("user"), "execution_id", e.id)
		if r.Announce != "" {
			parameters.Set("route", r.Announce)
		}
		parameters.Set("context", data.Get("source_context"))
		result := s.request(order{
			action: s.actions.find("chatops.post_result"), parameters: parameters, links: pyjson.Of(),
			context: pyjson.Of(
				"trigger_instance", pyjson.Of("id", trigger.Text("id"), "name", nil),
				"rule", pyjson.Of("id", r.Document.Text("id"), "name", r.Document.Text("name")),
				"user", s.systemUser, "pack", "chatops",
				"trace_context", pyjson.Of("id_", e.trace, "trace_tag", "execution-"+e.liveID)),
			origin: pyjson.Of("trigger", rules.TriggerDocument(), "trigger_type", rules.TriggerTypeDocument(),
				"trigger_instance", trigger, "rule", r.Document),
		})
		s.perform(result)
		result.cancel()
	}
}

// triggerOf is what the notifier says about an execution.
func (s *Server) triggerOf(e *execution, data *pyjson.Object, route any) *pyjson.Object {
	d := e.document(view{})
	said := data.Clone()
	said.Set("result", pyjson.Dumps(d.ObjectOrEmpty("result")))
	instance := s.triggers.Fire(rules.Trigger, s.now(), pyjson.Of("message", "Action "+e.action.ref+" completed.", "data", said,
		"execution_id", e.id, "status", d.Get("status"), "start_timestamp", d.Get("start_timestamp"),
		"end_timestamp", d.Get("end_timestamp"), "action_ref", e.action.ref, "runner_ref", e.action.runnerName(),
		"route", route, "channel", route)).Clone()
	instance.Set("status", "processing") // as long as its rule is
	return instance
}
