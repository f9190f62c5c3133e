package st2test

import (
	"slices"
	"strings"
	"time"

	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// executionKeys are the attributes that a client may ask for or leave out.
var executionKeys = []string{
	"id", "trigger", "trigger_type", "trigger_instance", "rule", "action", "runner", "liveaction", "workflow_execution", "task_execution",
	"status", "start_timestamp", "end_timestamp", "parameters", "result", "result_size", "context", "parent", "children", "log", "delay",
	"elapsed_seconds", "web_url",
}

// executionView reads how a request wants its executions.
func (r *request) executionView() (view, selection, error) {
	secrets, err := r.boolean("show_secrets")
	if err != nil {
		return view{}, selection{}, err
	}
	sel, err := r.selection("id")
	if err != nil {
		return view{}, selection{}, err
	}
	for _, name := range sel.include {
		first, _, _ := strings.Cut(name, ".")
		if !slices.Contains(executionKeys, first) {
			return view{}, selection{}, fault.BadRequest("Invalid or unsupported include attribute specified: Cannot resolve field \"%s\"", name)
		}
	}
	for _, name := range sel.exclude {
		if name != "result" && name != "trigger_instance" && name != "status" {
			return view{}, selection{}, fault.BadRequest("Invalid or unsupported exclude attribute specified: %s", name)
		}
	}
	return view{secrets: secrets}, sel, nil
}

func (s *Server) listExecutions(r *request) (*reply, error) {
	if err := s.accounts.Check(r.who.User, "execution_list", ""); err != nil {
		return nil, err
	}
	p, err := r.page(100)
	if err != nil {
		return nil, err
	}
	v, sel, err := r.executionView()
	if err != nil {
		return nil, err
	}
	matches, err := r.executionFilter()
	if err != nil {
		return nil, err
	}
	all := s.executions.snapshot()
	if !r.oldestFirst() {
		slices.Reverse(all)
	}
	all = slices.DeleteFunc(all, func(e *execution) bool { return !matches(e) })
	selected := window(all, p)
	list := make([]*pyjson.Object, len(selected))
	for i, e := range selected {
		list[i] = sel.apply(e.document(v))
	}
	answer := ok(documents(list))
	answer.header = p.header(len(all))
	return answer, nil
}

// oldestFirst is the order when a client asks what came after a time, or asks for it.
func (r *request) oldestFirst() bool {
	switch {
	case r.query.Has("sort_desc"):
		return false
	case r.query.Has("sort_asc"):
		return true
	default:
		return (r.query.Has("timestamp_gt") || r.query.Has("timestamp")) && !r.query.Has("timestamp_lt")
	}
}

// executionFilter reads the filters of a list. Unknown ones count as none.
func (r *request) executionFilter() (func(*execution) bool, error) {
	var after, before time.Time
	var err error
	if r.query.Has("timestamp_gt") {
		if after, err = parseTime(r.last("timestamp_gt")); err != nil {
			return nil, err
		}
	}
	if r.query.Has("timestamp_lt") {
		if before, err = parseTime(r.last("timestamp_lt")); err != nil {
			return nil, err
		}
	}
	if from, to, isRange := strings.Cut(r.last("timestamp"), ".."); isRange {
		if after, err = parseTime(from); err != nil {
			return nil, err
		}
		if before, err = parseTime(to); err != nil {
			return nil, err
		}
	}
	ids := r.commaList("id")
	for _, id := range ids {
		if !isObjectID(id) {
			return nil, fault.BadRequest("'%s' is not a valid ObjectId, it must be a 12-byte input or a 24-character hex string", id)
		}
	}
	runner, action, status, parent, user := r.equals("runner"), r.equals("action"), r.equals("status"), r.equals("parent"), r.equals("user")
	path, value, byPath := strings.Cut(r.last("filter"), ":")
	return func(e *execution) bool {
		at := e.started.Truncate(time.Microsecond)
		return (ids == nil || slices.Contains(ids, e.id)) &&
			(after.IsZero() || at.After(after)) && (before.IsZero() || at.Before(before)) &&
			runner(e.action.runnerName()) && action(e.action.ref) && status(e.state()) && parent(e.parent) &&
			(!r.query.Has("user") || user(e.contextDocument().Text("user"))) &&
			(!byPath || atPath(e.document(view{}), path) == value)
	}, nil
}

// equals returns a comparison with a query parameter, which is true for everything when it is
// not there; "null" stands for nothing.
func (r *request) equals(name string) func(value string) bool {
	if !r.query.Has(name) {
		return func(string) bool { return true }
	}
	wanted := r.last(name)
	return func(value string) bool { return wanted == value || wanted == "null" && value == "" }
}

func atPath(o *pyjson.Object, path string) string {
	first, rest, deeper := strings.Cut(path, ".")
	if deeper {
		return atPath(o.Object(first), rest)
	}
	if v, given := o.Lookup(first); given {
		return pyjson.Str(v)
	}
	return ""
}

func parseTime(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999Z"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fault.BadRequest("Datetime value does not match expected format.")
}

func isObjectID(s string) bool {
	return len(s) == 24 && strings.Trim(s, "0123456789abcdefABCDEF") == ""
}
