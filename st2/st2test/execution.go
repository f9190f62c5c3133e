package st2test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-errbot/errbot/st2/st2test/internal/ident"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
	"github.com/go-errbot/errbot/st2/st2test/internal/schema"
)

// The states of an execution that occur here.
const (
	requested = "requested"
	scheduled = "scheduled"
	delayed   = "delayed"
	running   = "running"
	pending   = "pending"
	paused    = "paused"
	resuming  = "resuming"
	succeeded = "succeeded"
	failed    = "failed"
	timedOut  = "timeout"
	canceling = "canceling"
	canceled  = "canceled"
)

// execution is one run of an action. Its fields below mu change; documents in them do not.
type execution struct {
	id         string
	liveID     string
	action     *action
	parameters *pyjson.Object
	notify     *pyjson.Object // nil: nobody
	parent     string
	trace      string         // re-runs share it
	links      *pyjson.Object // workflow_execution and task_execution of a child
	origin     *pyjson.Object // trigger, rule and the like of one that a rule started
	webURL     string
	delay      time.Duration
	started    time.Time
	clock      time.Duration // how far the server's clock is ahead
	cancel     context.CancelFunc
	ctx        context.Context
	done       chan struct{} // closed when the state is final

	mu       sync.Mutex
	status   string
	context  *pyjson.Object
	result   *pyjson.Object
	ended    time.Time
	log      []logEntry
	children []any
	output   []outputEntry
	hosted   bool // a runner has taken it
	size     int  // of the result when it was last stored; 0: as it is at the end
	unpark   func()
}

type logEntry struct {
	at     time.Time
	status string
}

// outputEntry is a piece of output.
type outputEntry struct {
	id, kind, text string
	at             time.Time
}

// document is a piece of output on the streams.
func (o outputEntry) document(e *execution) *pyjson.Object {
	return pyjson.Of("execution_id", e.id, "action_ref", e.action.ref, "runner_ref", e.action.runnerName(),
		"timestamp", ident.Timestamp(o.at), "output_type", o.kind, "data", o.text, "id", o.id)
}

// maxOutput bounds the output kept of one execution, in entries.
const maxOutput = 10_000

func isFinal(status string) bool {
	return slices.Contains([]string{succeeded, failed, timedOut, canceled, "abandoned"}, status)
}

// set moves the execution to a state. It reports false, and does nothing, when the
// execution is already final or when from does not hold its state.
func (e *execution) set(status string, result *pyjson.Object, from ...string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if isFinal(e.status) || len(from) > 0 && !slices.Contains(from, e.status) {
		return false
	}
	now := time.Now().Add(e.clock)
	if result != nil {
		e.result = result
		if e.action.isWorkflow() && e.status != paused { // one that is canceled while paused keeps the size
			e.size = 0
		}
	}
	e.status = status
	e.hosted = e.hosted || status == running
	e.log = append(e.log, logEntry{now, status})
	if isFinal(status) {
		e.ended = now
		close(e.done)
	}
	return true
}

func (e *execution) state() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.status
}

func (e *execution) contextDocument() *pyjson.Object {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.context
}

// addContext sets a key of the context. Documents are shared, so it is a new one.
func (e *execution) addContext(key string, value any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.context = e.context.Clone()
	e.context.Set(key, value)
}

// view is how a document of an execution is wanted.
type view struct {
	secrets bool
	fresh   bool // as answered on creation: the log has microseconds
}

// document is the execution on the wire. Keys with nothing in them are left out.
func (e *execution) document(v view) *pyjson.Object {
	e.mu.Lock()
	defer e.mu.Unlock()
	parameters := e.parameters
	if !v.secrets {
		parameters = schema.MaskSecrets(e.action.schema, parameters)
	}
	d := e.origin.Clone()
	d.Set("action", e.action.document)
	d.Set("runner", e.action.runner)
	d.Set("liveaction", e.live(parameters))
	for _, k := range e.links.Keys() {
		d.Set(k, e.links.Get(k))
	}
	d.Set("status", e.status)
	d.Set("start_timestamp", ident.Timestamp(e.started))
	if !e.ended.IsZero() {
		d.Set("end_timestamp", ident.Timestamp(e.ended))
	}
	setFilled(d, "parameters", parameters)
	if size := e.resultSize(); size > 0 {
		d.Set("result_size", size)
	}
	d.Set("context", e.context)
	if e.parent != "" {
		d.Set("parent", e.parent)
	}
	if len(e.children) > 0 {
		d.Set("children", slices.Clone(e.children))
	}
	d.Set("log", e.logDocument(v.fresh))
	if e.delay > 0 {
		d.Set("delay", int(e.delay/time.Millisecond))
	}
	d.Set("web_url", e.webURL+"/#/history/"+e.id+"/general")
	d.Set("id", e.id)
	setFilled(d, "result", e.shownResult(v.secrets))
	if !e.ended.IsZero() {
		d.Set("elapsed_seconds", e.elapsed())
	}
	return d
}

func setFilled(d *pyjson.Object, key string, o *pyjson.Object) {
	if o.Len() > 0 {
		d.Set(key, o)
	}
}

func (e *execution) elapsed() float64 {
	return float64(e.ended.Sub(e.started).Microseconds()) / 1e6
}

func (e *execution) live(parameters *pyjson.Object) *pyjson.Object {
	d := pyjson.Of("action", e.action.ref, "action_is_workflow", e.action.isWorkflow(), "parameters", parameters,
		"callback", pyjson.Of(), "runner_info", e.runnerInfo())
	if e.notify != nil {
		d.Set("notify", e.notify)
	}
	d.Set("id", e.liveID)
	return d
}

func (e *execution) runnerInfo() *pyjson.Object {
	if !e.hosted {
		return pyjson.Of()
	}
	return pyjson.Of("hostname", "st2test", "pid", 1)
}

func (e *execution) logDocument(fresh bool) []any {
	list := make([]any, len(e.log))
	for i, entry := range e.log {
		at := entry.at
		if !fresh {
			at = at.Truncate(time.Millisecond)
		}
		list[i] = pyjson.Of("timestamp", ident.Timestamp(at), "status", entry.status)
	}
	return list
}

// liveDocument is the execution's liveaction on the stream, whose result is a text.
func (e *execution) liveDocument() *pyjson.Object {
	e.mu.Lock()
	defer e.mu.Unlock()
	d := e.links.Clone()
	d.Set("status", e.status)
	d.Set("start_timestamp", ident.Timestamp(e.started))
	if !e.ended.IsZero() {
		d.Set("end_timestamp", ident.Timestamp(e.ended))
	}
	d.Set("action", e.action.ref)
	d.Set("action_is_workflow", e.action.isWorkflow())
	d.Set("parameters", schema.MaskSecrets(e.action.schema, e.parameters))
	d.Set("context", e.context)
	d.Set("callback", pyjson.Of())
	d.Set("runner_info", e.runnerInfo())
	if e.notify != nil {
		d.Set("notify", e.notify)
	}
	d.Set("id", e.liveID)
	result := e.result
	if result == nil {
		result = pyjson.Of()
	}
	d.Set("result", string(pyjson.Encode(result)))
	return d
}

// outputText is what the execution has printed so far, of one kind or of all ("" or "all").
func (e *execution) outputText(kind string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var b strings.Builder
	for _, o := range e.output {
		if kind == "" || kind == "all" || kind == o.kind {
			b.WriteString(o.text)
		}
	}
	return b.String()
}

// executions keeps the last ones, in the order of their creation.
type executions struct {
	max int

	mu   sync.RWMutex
	list []*execution
	byID map[string]*execution
}

func newExecutions(maximum int) *executions {
	return &executions{max: maximum, byID: map[string]*execution{}}
}

// add stores an execution. When there are too many it drops the oldest that has ended,
// or the oldest of all.
func (x *executions) add(e *execution) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.list) >= x.max {
		i := max(slices.IndexFunc(x.list, func(e *execution) bool { return isFinal(e.state()) }), 0)
		delete(x.byID, x.list[i].id)
		x.list = slices.Delete(x.list, i, i+1)
	}
	x.list = append(x.list, e)
	x.byID[e.id] = e
}

// remove forgets an execution.
func (x *executions) remove(id string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.byID, id)
	x.list = slices.DeleteFunc(x.list, func(e *execution) bool { return e.id == id })
}

// find returns the execution with an id, or the newest for "last".
func (x *executions) find(id string) *execution {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if id == "last" && len(x.list) > 0 {
		return x.list[len(x.list)-1]
	}
	return x.byID[id]
}

func (x *executions) snapshot() []*execution {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return slices.Clone(x.list)
}
