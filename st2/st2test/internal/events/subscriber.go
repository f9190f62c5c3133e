package events

import (
	"slices"
	"sync"

	"github.com/go-errbot/errbot/st2/st2test/internal/glob"
	"github.com/go-errbot/errbot/st2/st2test/internal/query"
)

// byDefault is what a stream gets that asks for nothing: a bot without a filter receives
// every execution of the installation.
var byDefault = []string{
	"st2.announcement__*",
	"st2.execution__create", "st2.execution__update", "st2.execution__delete",
	"st2.liveaction__create", "st2.liveaction__update", "st2.liveaction__delete",
}

// maxQueued bounds the events waiting for a slow reader; the stream of one that falls
// further behind is cut. The real server's queue has no bound.
const maxQueued = 100_000

// Subscriber is one open stream.
type Subscriber struct {
	events       []string
	actionRefs   []string
	executionIDs []string
	endEvent     string
	endExecution string

	wake chan struct{}
	cut  chan struct{}

	mu     sync.Mutex
	queue  [][]byte
	ending bool // after the queue
	isCut  bool
}

// NewSubscriber returns a stream with the filters of a query.
func NewSubscriber(q query.Query) *Subscriber {
	sub := Watcher()
	sub.events, sub.actionRefs, sub.executionIDs = q.List("events"), q.List("action_refs"), q.List("execution_ids")
	sub.endEvent, sub.endExecution = q.Last("end_event"), q.Last("end_execution_id")
	if sub.events == nil {
		sub.events = byDefault
	}
	return sub
}

// Watcher returns a stream that wants no event, and only sees that there are any.
func Watcher() *Subscriber {
	return &Subscriber{wake: make(chan struct{}, 1), cut: make(chan struct{})}
}

// Wake holds one signal: look at the queue, and begin the heartbeat anew.
func (sub *Subscriber) Wake() <-chan struct{} { return sub.wake }

// Dropped is closed to end the stream without a last chunk.
func (sub *Subscriber) Dropped() <-chan struct{} { return sub.cut }

// wants says whether an event passes the filters. A filter on actions or executions
// drops what has neither, announcements for instance.
func (sub *Subscriber) wants(e Event) bool {
	return slices.ContainsFunc(sub.events, func(pattern string) bool { return glob.Match(pattern, e.Name) }) &&
		(sub.actionRefs == nil || slices.Contains(sub.actionRefs, e.ActionRef)) &&
		(sub.executionIDs == nil || slices.Contains(sub.executionIDs, e.ExecutionID))
}

// ends says whether the client asked for the end of its stream with this event.
func (sub *Subscriber) ends(e Event) bool {
	return sub.endExecution != "" && sub.endExecution == e.ExecutionID && sub.endEvent == e.Name && e.Final
}

func (sub *Subscriber) push(bytes []byte, end bool) {
	sub.mu.Lock()
	full := len(sub.queue) >= maxQueued
	if !full && !sub.ending {
		sub.queue = append(sub.queue, bytes)
		sub.ending = end
	}
	sub.mu.Unlock()
	if full {
		sub.Drop()
	}
	sub.touch()
}

func (sub *Subscriber) touch() {
	select {
	case sub.wake <- struct{}{}:
	default:
	}
}

// Take empties the queue. It reports whether the stream ends after it.
func (sub *Subscriber) Take() (queue [][]byte, end bool) {
	sub.mu.Lock()
	defer sub.mu.Unlock()
	queue, sub.queue = sub.queue, nil
	return queue, sub.ending
}

// Drop cuts the stream.
func (sub *Subscriber) Drop() {
	sub.mu.Lock()
	defer sub.mu.Unlock()
	if !sub.isCut {
		sub.isCut = true
		close(sub.cut)
	}
}
