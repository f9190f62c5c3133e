package st2test

import (
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/go-errbot/errbot/st2/st2test/internal/events"
	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/wire"
)

// Faults is how a server misbehaves. The zero value is one that does not. Further ways
// are [Server.DropStreams], [Server.Stop], [Server.RevokeTokens], [Server.ExpireTokens],
// [Server.RemoveUser] and [Server.Deny].
type Faults struct {
	AuthDown bool // nginx answers 503 for the service behind it
	APIDown  bool
	// StreamDown makes nginx answer 200, the page "retry: 1000" and the end.
	StreamDown bool
	// StreamDead makes the stream service answer 200 and end without a single byte.
	StreamDead bool
	// Unauthorized makes every request a 401, even with a good token.
	Unauthorized bool
	// HalfOpen keeps streams open and sends nothing, not even heartbeats. What happens
	// meanwhile is lost to them.
	HalfOpen bool
	// RabbitDown makes everything that starts an execution a 500 after it was stored as
	// requested, which it stays; streams stay open with their heartbeats.
	RabbitDown bool
	// Latency is waited before every answer, and before the first byte of a stream.
	Latency time.Duration
	// SplitBytes cuts what a stream sends into chunks of that many bytes, with SplitPause
	// after each.
	SplitBytes int
	SplitPause time.Duration
	// CutAfter cuts the stream that has sent that many more bytes, in the middle of an
	// event or of a character if they end there. It counts once.
	CutAfter int
	// The next announcements, by count: not sent to streams though stored, sent twice, sent
	// as an event whose data is no JSON, or sent only after the one that follows. Each one
	// counts once, in this order.
	Lose, Duplicate, Malform, Swap int
}

type faultState struct {
	mu     sync.Mutex
	faults Faults
	late   []events.Event // to be sent after the next announcement
}

// overtaken takes the events that have waited for another to overtake them.
func (f *faultState) overtaken() (late []events.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	late, f.late = f.late, nil
	return late
}

// overtake keeps an event back until the next one was sent.
func (f *faultState) overtake(e events.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.late = append(f.late, e)
}

// SetFaults makes the server misbehave from now on, instead of as before.
func (s *Server) SetFaults(f Faults) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.faults = f
}

// Faults returns how the server misbehaves, with the counts that are left.
func (s *Server) Faults() Faults { return s.faults.get() }

func (f *faultState) get() Faults {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.faults
}

type mishap int

const (
	none mishap = iota
	lost
	duplicated
	malformed
	swapped
)

// next says what happens to the next announcement.
func (f *faultState) next() mishap {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range []struct {
		left *int
		what mishap
	}{{&f.faults.Lose, lost}, {&f.faults.Duplicate, duplicated}, {&f.faults.Malform, malformed}, {&f.faults.Swap, swapped}} {
		if *m.left > 0 {
			*m.left--
			return m.what
		}
	}
	return none
}

// answer answers a request that a fault keeps from the service. It reports whether it did.
func (f *faultState) answer(w http.ResponseWriter, r *http.Request, service string) bool {
	now := f.get()
	if now.Latency > 0 && !pause(now.Latency, r.Context().Done()) {
		return true
	}
	switch {
	case service == "stream" && now.StreamDown:
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "retry: 1000\n\n")
	case service == "stream" && now.StreamDead:
		w.Header().Set("Content-Type", "text/event-stream; charset=UTF-8")
		w.WriteHeader(http.StatusOK)
	case service == "auth" && now.AuthDown, service == "api" && now.APIDown:
		unreachable(w, "st2"+service)
	case now.Unauthorized:
		wire.WriteError(w, fault.Unauthorized("Unauthorized"))
	default:
		return false
	}
	return true
}

// unreachable is nginx's answer for a service that is down.
func unreachable(w http.ResponseWriter, service string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = io.WriteString(w, `{ "faultstring": "Nginx is unable to reach `+service+`. Make sure service is running." }`)
}
