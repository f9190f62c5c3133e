package st2test

import (
	"net/http"
	"slices"
	"time"

	"github.com/go-errbot/errbot/st2/st2test/internal/events"
	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/query"
	"github.com/go-errbot/errbot/st2/st2test/internal/wire"
)

func (s *Server) stream(w http.ResponseWriter, raw *http.Request) {
	r := &request{Request: raw, query: query.Query{Values: raw.URL.Query()}}
	var err error
	if r.who, err = s.identify(raw); err == nil {
		err = s.rbac.Check(r.who.User, "stream_view")
	}
	if err != nil {
		s.requests.add(raw, nil, r.who.User, fault.Of(err).Status)
		wire.WriteError(w, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=UTF-8")
	h.Set("Cache-Control", "no-cache")
	h.Set("X-Accel-Buffering", "no")
	r.who.SetCookie(h)
	sub := events.NewSubscriber(r.query)
	s.bus.Subscribe(sub)
	defer s.bus.Unsubscribe(sub)
	s.requests.add(raw, nil, r.who.User, http.StatusOK)
	s.pump(w, raw, sub)
}

// pump writes a stream until somebody ends it. The first newline says that the
// subscription is live.
func (s *Server) pump(w http.ResponseWriter, raw *http.Request, sub *events.Subscriber) {
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
		case <-sub.Dropped():
			panic(http.ErrAbortHandler) // the way to end an answer without its last chunk
		case <-heartbeat.C:
			out.write([]byte("\n"))
		case <-sub.Wake():
			queue, end := sub.Take()
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
func (s *Server) Streams() int { return len(s.bus.Open()) }

// DropStreams cuts all open streams at once, without a last chunk; new ones can be opened.
func (s *Server) DropStreams() {
	for _, sub := range s.bus.Open() {
		sub.Drop()
	}
}
