package st2test

import (
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

const notifyTrigger = "core.st2.generic.notifytrigger"

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
	for _, r := range s.rules.snapshot() {
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
				"rule", pyjson.Of("id", r.document.Text("id"), "name", r.document.Text("name")),
				"user", s.systemUser, "pack", "chatops",
				"trace_context", pyjson.Of("id_", e.trace, "trace_tag", "execution-"+e.liveID)),
			origin: pyjson.Of("trigger", triggerDocument(), "trigger_type", triggerTypeDocument(),
				"trigger_instance", trigger, "rule", r.document),
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
	instance := s.pull(notifyTrigger, pyjson.Of("message", "Action "+e.action.ref+" completed.", "data", said,
		"execution_id", e.id, "status", d.Get("status"), "start_timestamp", d.Get("start_timestamp"),
		"end_timestamp", d.Get("end_timestamp"), "action_ref", e.action.ref, "runner_ref", e.action.runnerName(),
		"route", route, "channel", route)).Clone()
	instance.Set("status", "processing") // as long as its rule is
	return instance
}

func triggerDocument() *pyjson.Object {
	return pyjson.Of("uid", "trigger:core:st2.generic.notifytrigger:0", "ref", notifyTrigger, "name", "st2.generic.notifytrigger",
		"pack", "core", "type", notifyTrigger, "parameters", pyjson.Of(), "id", "000000000000000000000001")
}

func triggerTypeDocument() *pyjson.Object {
	properties := pyjson.Of()
	for _, name := range []string{"execution_id", "status", "start_timestamp", "end_timestamp", "action_ref", "runner_ref", "channel", "route", "message", "data"} {
		properties.Set(name, pyjson.Of())
	}
	return pyjson.Of("description", "Notification trigger.", "tags", []any{}, "uid", "trigger_type:core:st2.generic.notifytrigger",
		"ref", notifyTrigger, "name", "st2.generic.notifytrigger", "pack", "core",
		"payload_schema", pyjson.Of("type", "object", "properties", properties), "parameters_schema", pyjson.Of(), "id", "000000000000000000000002")
}
