// Package idle knows whether anything is under way.
package idle

import "sync"

// Counter counts what is under way. The zero value counts nothing. It is safe for concurrent use.
type Counter struct {
	mu      sync.Mutex
	count   int
	waiting []chan struct{}
}

// Begin counts one more.
func (c *Counter) Begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count++
}

// End counts one less.
func (c *Counter) End() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.count--; c.count > 0 {
		return
	}
	for _, w := range c.waiting {
		close(w)
	}
	c.waiting = nil
}

// Idle returns a channel that is closed as soon as nothing is under way.
func (c *Counter) Idle() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	idle := make(chan struct{})
	if c.count == 0 {
		close(idle)
	} else {
		c.waiting = append(c.waiting, idle)
	}
	return idle
}
