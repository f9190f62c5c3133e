package st2test

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/go-errbot/errbot/st2/st2test/internal/ident"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// Action is an action whose runs are calls of a Go function.
type Action struct {
	Ref         string // "pack.name"
	Description string
	Runner      string // "python-script" when empty; local-shell-cmd, local-shell-script, remote-shell-cmd, noop, orquesta, announcement, inquirer, http-request
	// Parameters is StackStorm's dialect of JSON schema: by name, with required as a boolean.
	Parameters map[string]any
	Disabled   bool
	// Run is what the action does; without it the action answers with its parameters.
	//
	// A python-script's value is its result, a shell runner's text its standard output; any
	// other object is the result as it is, and so is what [Raw] holds. A value must be one
	// that encoding/json can write; the fields of a struct keep their order.
	//
	// An error fails the execution: see [Failure] for a result of one's own. The context
	// ends when the execution is canceled, when its parameter timeout is over, or when
	// the server closes; Run must return then.
	Run func(ctx context.Context, call *Call) (any, error)
}

// Call is one run of an action.
type Call struct {
	ID         string         // of the execution
	Action     string         // "pack.name"
	Parameters map[string]any // as given, cast to their types, with the defaults of the others
	User       string         // StackStorm user that runs it
	Context    map[string]any // of the execution: api_user, source_channel, …

	execution *execution
	server    *Server
	workflow  *workflow // of its tasks; nil before the first
	output    func(kind, text string)
}

// Output adds a piece of output, of the kind "stdout" or "stderr", while the action runs:
// it can be read at once as /executions/{id}/output and is an event of the stream.
func (c *Call) Output(kind, text string) { c.output(kind, text) }

// Raw is a result that has its runner's shape already.
type Raw struct{ Value any }

// Failure is an error whose execution fails with a result of its own, in the runner's
// shape when it is [Raw].
type Failure struct{ Result any }

// Error implements error.
func (f *Failure) Error() string { return "the action failed" }

// action is a registered action.
type action struct {
	ref      string
	pack     string
	enabled  bool
	document *pyjson.Object
	runner   *pyjson.Object
	schema   *pyjson.Object // parameters of runner and action, by name
	own      []string       // parameters that are not the runner's
	run      func(ctx context.Context, call *Call) (any, error)
}

func (a *action) runnerName() string { return a.runner.Text("name") }
func (a *action) isWorkflow() bool   { return a.runnerName() == "orquesta" }
func (a *action) isInquirer() bool   { return a.runnerName() == "inquirer" }

type actions struct {
	runners map[string]*pyjson.Object

	mu    sync.RWMutex
	byRef map[string]*action
}

func newActions() *actions {
	return &actions{runners: map[string]*pyjson.Object{}, byRef: map[string]*action{}}
}

func (a *actions) find(ref string) *action {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.byRef[ref]
}

func (a *actions) add(added *action) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.byRef[added.ref] = added
}

func (a *actions) sorted() []*action {
	a.mu.RLock()
	defer a.mu.RUnlock()
	list := make([]*action, 0, len(a.byRef))
	for _, x := range a.byRef {
		list = append(list, x)
	}
	slices.SortFunc(list, func(x, y *action) int { return cmp.Compare(x.ref, y.ref) })
	return list
}

// AddAction registers an action, in place of one with the same reference. It panics on
// an unknown runner: that is a mistake in the calling code.
func (s *Server) AddAction(a Action) {
	body := pyjson.Of("ref", a.Ref, "description", a.Description, "runner_type", cmp.Or(a.Runner, "python-script"),
		"parameters", mustDocument(a.Parameters), "enabled", !a.Disabled)
	added := s.actions.make(body)
	if added == nil {
		panic("st2test: unknown runner " + a.Runner)
	}
	if a.Run != nil {
		added.run = a.Run
	}
	s.actions.add(added)
}

// make makes an action of a body with ref, or pack and name; nil when its runner is unknown.
// Without a function of its own it answers with its parameters.
func (a *actions) make(body *pyjson.Object) *action {
	runner := a.runners[body.Text("runner_type")]
	if runner == nil {
		return nil
	}
	pack, name, _ := strings.Cut(body.Text("ref"), ".")
	if body.Text("ref") == "" {
		pack, name = body.Text("pack"), body.Text("name")
	}
	made := &action{ref: pack + "." + name, pack: pack, enabled: true, runner: runner, run: answerParameters}
	if enabled, given := body.Get("enabled").(bool); given {
		made.enabled = enabled
	}
	parameters := body.ObjectOrEmpty("parameters")
	made.schema, made.own = merge(runner.Object("runner_parameters"), parameters)
	made.document = pyjson.Of("tags", []any{}, "uid", "action:"+pack+":"+name, "metadata_file", "actions/"+name+".yaml",
		"name", name, "ref", made.ref, "description", body.Text("description"), "enabled", made.enabled,
		"entry_point", body.Text("entry_point"), "pack", pack, "runner_type", runner.Text("name"), "parameters", parameters,
		"output_schema", pyjson.Of(), "notify", pyjson.Of(), "id", ident.ObjectID())
	return made
}

func answerParameters(_ context.Context, call *Call) (any, error) { return call.Parameters, nil }

// merge lays an action's parameters over its runner's: key by key, the runner's first.
func merge(runner, own *pyjson.Object) (schema *pyjson.Object, names []string) {
	schema = runner.Clone()
	for _, name := range own.Keys() {
		property := own.Object(name)
		inherited := runner.Object(name)
		if inherited == nil {
			names = append(names, name)
		}
		merged := inherited.Clone()
		for _, k := range property.Keys() {
			merged.Set(k, property.Get(k))
		}
		schema.Set(name, merged)
	}
	return schema, names
}

// withDefaults adds the defaults of what the action declares and was not given. Those of
// its runner are no business of a Go function.
func (a *action) withDefaults(given *pyjson.Object) *pyjson.Object {
	out := given.Clone()
	for _, name := range a.document.Object("parameters").Keys() {
		if _, isGiven := given.Lookup(name); !isGiven {
			if byDefault, has := a.schema.Object(name).Lookup("default"); has {
				out.Set(name, byDefault)
			}
		}
	}
	return out
}
