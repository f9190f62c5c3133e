// Package hold keeps executions from leaving a state.
package hold

import "sync"

// Gate holds back what matches one of its holds. The zero value holds back nothing. It is
// safe for concurrent use.
type Gate struct {
	mu   sync.Mutex
	list []*hold
}

type hold struct {
	action, state string
	released      chan struct{}
}

// Hold holds back the executions of an action, of all when it is "", in a state.
func (g *Gate) Hold(action, state string) (release func()) {
	h := &hold{action: action, state: state, released: make(chan struct{})}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.list = append(g.list, h)
	return sync.OnceFunc(func() { close(h.released) })
}

// Wait waits as long as something holds an execution in its state. It reports false when
// canceled was closed meanwhile.
func (g *Gate) Wait(action, state string, canceled <-chan struct{}) bool {
	for _, h := range g.matching(action, state) {
		select {
		case <-h.released:
		case <-canceled:
			return false
		}
	}
	return true
}

// matching returns what holds an action in a state, and forgets what was released.
func (g *Gate) matching(action, state string) (found []*hold) {
	g.mu.Lock()
	defer g.mu.Unlock()
	var left []*hold
	for _, h := range g.list {
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
	g.list = left
	return found
}
