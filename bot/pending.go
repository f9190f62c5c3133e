package bot

import (
	"context"
	"sync"
)

// pending counts what is under way, for those who wait until nothing is.
type pending struct {
	mu   sync.Mutex
	n    int
	zero chan struct{} // closed when n is 0 again; nil while nobody waits
}

// begin counts one thing.
func (p *pending) begin() {
	p.mu.Lock()
	p.n++
	p.mu.Unlock()
}

// end counts it as done.
func (p *pending) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n--
	if p.n == 0 && p.zero != nil {
		close(p.zero)
		p.zero = nil
	}
}

// add counts one thing until release is called for the first time.
func (p *pending) add() (release func()) {
	p.begin()
	return sync.OnceFunc(p.end)
}

// wait returns nil as soon as nothing is under way, or the context's error.
func (p *pending) wait(ctx context.Context) error {
	p.mu.Lock()
	if p.n == 0 {
		p.mu.Unlock()
		return nil
	}
	if p.zero == nil {
		p.zero = make(chan struct{})
	}
	zero := p.zero
	p.mu.Unlock()
	select {
	case <-zero:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
