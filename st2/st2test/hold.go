package st2test

import "sync"

// hold keeps executions from leaving a state.
type hold struct {
	action, state string
	released      chan struct{}
}

type holds struct {
	mu   sync.Mutex
	list []*hold
}

// Hold keeps the executions of an action, or of all when the reference is "", in the state
// requested or scheduled, as those of a StackStorm do whose scheduler or runners are busy or
// down. They can be canceled meanwhile, and count as under way for [Server.Wait]. The
// release lets them go on; it may be called more than once.
func (s *Server) Hold(action, state string) (release func()) {
	h := &hold{action: action, state: state, released: make(chan struct{})}
	s.holds.mu.Lock()
	defer s.holds.mu.Unlock()
	s.holds.list = append(s.holds.list, h)
	return sync.OnceFunc(func() { close(h.released) })
}

// wait waits as long as something holds an execution in its state. It reports false when
// the execution was canceled.
func (x *holds) wait(e *execution, state string) bool {
	for _, h := range x.matching(e.action.ref, state) {
		select {
		case <-h.released:
		case <-e.ctx.Done():
			return false
		}
	}
	return true
}

// matching returns what holds an action in a state, and forgets what was released.
func (x *holds) matching(action, state string) (found []*hold) {
	x.mu.Lock()
	defer x.mu.Unlock()
	var left []*hold
	for _, h := range x.list {
		select {
		case <-h.released:
			continue
		default:
		}
		left = append(left, h)
		if h.state == state && (h.action == "" || h.action == action) {
			found = append(found, h)
		}
	}
	x.list = left
	return found
}
