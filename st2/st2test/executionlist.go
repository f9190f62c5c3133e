package st2test

import (
	"slices"
	"strings"
	"time"

	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
	"github.com/go-errbot/errbot/st2/st2test/internal/query"
)

// executionKeys are the attributes that a client may ask for or leave out.
var executionKeys = []string{
	"id", "trigger", "trigger_type", "trigger_instance", "rule", "action", "runner", "liveaction", "workflow_execution", "task_execution",
	"status", "start_timestamp", "end_timestamp", "parameters", "result", "result_size", "context", "parent", "children", "log", "delay",
	"elapsed_seconds", "web_url",
}

// executionView reads how a request wants its executions.
func (r *request) executionView() (view, query.Selection, error) {
	secrets, err := r.secrets()
	if err != nil {
		return view{}, query.Selection{}, err
	}
	sel, err := r.query.Selection("id")
	if err != nil {
		return view{}, query.Selection{}, err
	}
	for _, name := range sel.Include {
		first, _, _ := strings.Cut(name, ".")
		if !slices.Contains(executionKeys, first) {
			return view{}, query.Selection{}, fault.BadRequest("Invalid or unsupported include attribute specified: Cannot resolve field \"%s\"", name)
		}
	}
	for _, name := range sel.Exclude {
		if name != "result" && name != "trigger_instance" && name != "status" {
			return view{}, query.Selection{}, fault.BadRequest("Invalid or unsupported exclude attribute specified: %s", name)
		}
	}
	return view{secrets: secrets}, sel, nil
}

func (s *Server) listExecutions(r *request) (*reply, error) {
	if err := s.rbac.Check(r.who.User, "execution_list"); err != nil {
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
	selected := query.Window(all, p)
	var list []*pyjson.Object
	for _, e := range selected {
		if s.rbac.Sees(r.who.User, e.owner()) { // isolation thins out the page, not the count
			list = append(list, sel.Apply(e.document(v)))
		}
	}
	answer := ok(documents(list))
	answer.Header = p.Header(len(all))
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
	q := r.query
	after, before, err := q.Period()
	if err != nil {
		return nil, err
	}
	ids, err := q.IDs("id")
	if err != nil {
		return nil, err
	}
	path, value, byPath := strings.Cut(q.Last("filter"), ":")
	return func(e *execution) bool {
		at := e.started.Truncate(time.Microsecond)
		return (ids == nil || slices.Contains(ids, e.id)) &&
			(after.IsZero() || at.After(after)) && (before.IsZero() || at.Before(before)) &&
			q.Equals("action", e.action.ref) && q.Equals("status", e.state()) && q.Equals("runner", e.action.runnerName()) &&
			q.Equals("parent", e.parent) &&
			(!q.Has("user") || q.Equals("user", e.contextDocument().Text("user"))) &&
			(!byPath || query.Path(e.document(view{}), path) == value)
	}, nil
}
