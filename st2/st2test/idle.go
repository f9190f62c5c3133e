package st2test

import (
	"context"
	"fmt"
	"sync"
)

// idle knows whether anything is under way.
type idle struct {
	mu      sync.Mutex
	count   int
	waiting []chan struct{}
}

func (i *idle) begin() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.count++
}

func (i *idle) end() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.count--; i.count > 0 {
		return
	}
	for _, c := range i.waiting {
		close(c)
	}
	i.waiting = nil
}

func (i *idle) reached() <-chan struct{} {
	i.mu.Lock()
	defer i.mu.Unlock()
	c := make(chan struct{})
	if i.count == 0 {
		close(c)
	} else {
		i.waiting = append(i.waiting, c)
	}
	return c
}

// Wait waits until every execution that was started has ended and what its end leads to
// has been announced. The error is that of the context.
func (s *Server) Wait(ctx context.Context) error {
	select {
	case <-s.idle.reached():
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for executions in memory: %w", ctx.Err())
	}
}
