package rules

import "github.com/go-errbot/errbot/st2/st2test/internal/pyjson"

// Trigger is what the notifier fires for an execution that has ended.
const Trigger = "core.st2.generic.notifytrigger"

// TriggerDocument is that trigger.
func TriggerDocument() *pyjson.Object {
	return pyjson.Of("uid", "trigger:core:st2.generic.notifytrigger:0", "ref", Trigger, "name", "st2.generic.notifytrigger",
		"pack", "core", "type", Trigger, "parameters", pyjson.Of(), "id", "000000000000000000000001")
}

// TriggerTypeDocument is its type.
func TriggerTypeDocument() *pyjson.Object {
	properties := pyjson.Of()
	for _, name := range []string{"execution_id", "status", "start_timestamp", "end_timestamp", "action_ref", "runner_ref", "channel", "route", "message", "data"} {
		properties.Set(name, pyjson.Of())
	}
	return pyjson.Of("description", "Notification trigger.", "tags", []any{}, "uid", "trigger_type:core:st2.generic.notifytrigger",
		"ref", Trigger, "name", "st2.generic.notifytrigger", "pack", "core",
		"payload_schema", pyjson.Of("type", "object", "properties", properties), "parameters_schema", pyjson.Of(), "id", "000000000000000000000002")
}
