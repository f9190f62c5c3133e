package st2test

import "time"

// WithClock sets how far the server's clock is ahead of the caller's, in executions and in the
// header Date; behind it when negative. The default is not at all.
func WithClock(ahead time.Duration) Option { return func(s *settings) { s.clock = ahead } }

// now is the server's clock.
func (s *Server) now() time.Time { return time.Now().Add(s.clock) }

// cut reports whether the connection is to be cut within the next size bytes, and where.
func (f *faultState) cut(size int) (n int, cut bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	left := f.faults.CutAfter
	switch {
	case left == 0:
		return size, false
	case left > size:
		f.faults.CutAfter -= size
		return size, false
	}
	f.faults.CutAfter = 0
	return left, true
}
