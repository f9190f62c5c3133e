package st2test

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/glob"
)

// defaultEvents is what a stream gets that asks for nothing: a bot without a filter
// receives every execution of the installation.
var defaultEvents = []string{
	"st2.announcement__*",
	"st2.execution__create", "st2.execution__update", "st2.execution__delete",
	"st2.liveaction__create", "st2.liveaction__update", "st2.liveaction__delete",
}

// maxQueued bounds the events waiting for a slow reader; the stream of one that falls
// further behind is cut. The real server's queue has no bound.
const maxQueued = 100_000

// subscriber is one open stream.
type subscriber struct {
	events       []string
	actionRefs   []string
	executionIDs []string
	endEvent     string
	endExecution string

	wake chan struct{} // holds one signal: look at the queue, and begin the heartbeat anew
	cut  chan struct{} // closed to end the stream without a last chunk

	mu     sync.Mutex
	queue  [][]byte
	ending bool // after the queue
	isCut  bool
}

func newSubscriber(r *request) *subscriber {
	sub := &subscriber{
		events: r.commaList("events"), actionRefs: r.commaList("action_refs"), executionIDs: r.commaList("execution_ids"),
		endEvent: r.last("end_event"), endExecution: r.last("end_execution_id"),
		wake: make(chan struct{}, 1), cut: make(chan struct{}),
	}
	if sub.events == nil {
		sub.events = defaultEvents
	}
	return sub
}

// wants says whether an event passes the filters. A filter on actions or executions
// drops what has neither, announcements for instance.
func (sub *subscriber) wants(e event) bool {
	return slices.ContainsFunc(sub.events, func(pattern string) bool { return glob.Match(pattern, e.name) }) &&
		(sub.actionRefs == nil || slices.Contains(sub.actionRefs, e.actionRef)) &&
		(sub.executionIDs == nil || slices.Contains(sub.executionIDs, e.executionID))
}

// ends says whether the client asked for the end of its stream with this event.
func (sub *subscriber) ends(e event) bool {
	return sub.endExecution != "" && sub.endExecution == e.executionID && sub.endEvent == e.name && isFinal(e.status)
}

func (sub *subscriber) push(bytes []byte, end bool) {
	sub.mu.Lock()
	full := len(sub.queue) >= maxQueued
	if !full && !sub.ending {
		sub.queue = append(sub.queue, bytes)
		sub.ending = end
	}
	sub.mu.Unlock()
	if full {
		sub.drop()
	}
	sub.touch()
}

func (sub *subscriber) touch() {
	select {
	case sub.wake <- struct{}{}:
	default:
	}
}

func (sub *subscriber) take() (queue [][]byte, end bool) {
	sub.mu.Lock()
	defer sub.mu.Unlock()
	queue, sub.queue = sub.queue, nil
	return queue, sub.ending
}

func (sub *subscriber) drop() {
	sub.mu.Lock()
	defer sub.mu.Unlock()
	if !sub.isCut {
		sub.isCut = true
		close(sub.cut)
	}
}

func (s *Server) stream(w http.ResponseWriter, raw *http.Request) {
	r := &request{Request: raw, query: raw.URL.Query()}
	var err error
	if r.who, err = s.accounts.Identify(raw); err == nil {
		err = s.accounts.Check(r.who.User, "stream_view", "")
	}
	if err != nil {
		s.requests.add(raw, nil, r.who.User, fault.Of(err).Status)
		writeError(w, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=UTF-8")
	h.Set("Cache-Control", "no-cache")
	h.Set("X-Accel-Buffering", "no")
	r.who.SetCookie(h)
	sub := newSubscriber(r)
	s.bus.subscribe(sub)
	defer s.bus.unsubscribe(sub)
	s.requests.add(raw, nil, r.who.User, http.StatusOK)
	s.pump(w, raw, sub)
}

// pump writes a stream until somebody ends it. The first newline says that the
// subscription is live.
func (s *Server) pump(w http.ResponseWriter, raw *http.Request, sub *subscriber) {
	out := &streamWriter{to: w, control: http.NewResponseController(w), faults: s.faults, done: raw.Context().Done()}
	out.write([]byte("\n"))
	heartbeat := time.NewTimer(s.heartbeat)
	defer heartbeat.Stop()
	for !out.broken {
		select {
		case <-raw.Context().Done():
			return
		case <-s.life.Done():
			panic(http.ErrAbortHandler)
		case <-sub.cut:
			panic(http.ErrAbortHandler) // the way to end an answer without its last chunk
		case <-heartbeat.C:
			out.write([]byte("\n"))
		case <-sub.wake:
			queue, end := sub.take()
			for _, bytes := range queue {
				out.write(bytes)
			}
			if end {
				return
			}
		}
		heartbeat.Reset(s.heartbeat)
	}
	if out.cut {
		panic(http.ErrAbortHandler)
	}
}

// streamWriter writes events, each as one chunk unless a fault splits it.
type streamWriter struct {
	to      http.ResponseWriter
	control *http.ResponseController
	faults  *faultState
	done    <-chan struct{}
	broken  bool
	cut     bool // by a fault
}

// writeTimeout ends a stream whose client does not read.
const writeTimeout = time.Minute

func (w *streamWriter) write(bytes []byte) {
	f := w.faults.get()
	if f.HalfOpen || w.broken {
		return
	}
	size := len(bytes)
	if f.SplitBytes > 0 {
		size = f.SplitBytes
	}
	if n, cut := w.faults.cut(len(bytes)); cut {
		bytes, w.broken, w.cut = bytes[:n], true, true
		size = max(min(size, n), 1)
	}
	for part := range slices.Chunk(bytes, size) {
		// A writer without deadlines is one that needs none.
		_ = w.control.SetWriteDeadline(time.Now().Add(writeTimeout))
		if _, err := w.to.Write(part); err != nil || w.control.Flush() != nil {
			w.broken = true
			return
		}
		if f.SplitPause > 0 && !pause(f.SplitPause, w.done) {
			w.broken = true
			return
		}
	}
}

func pause(d time.Duration, done <-chan struct{}) bool {
	select {
	case <-time.After(d):
		return true
	case <-done:
		return false
	}
}

// Streams returns how many event streams are open.
func (s *Server) Streams() int { return len(s.bus.open()) }

// DropStreams cuts all open streams at once, without a last chunk; new ones can be opened.
func (s *Server) DropStreams() {
	for _, sub := range s.bus.open() {
		sub.drop()
	}
}
