package st2

import (
	"context"
	"sync"
)

// What waits for the chat, all lanes together. Beyond it, whoever brings more waits.
const (
	maxWaiting   = 64 << 20 // bytes
	deliveryCost = 8 << 10  // bytes that a delivery counts for beside its text
)

// lanes bring deliveries to the chat: those of one lane one after the other, each lane on
// its own, so that a slow room holds up no other. They are safe for concurrent use.
type lanes struct {
	spawn   func(name string, run func(ctx context.Context) error)
	deliver func(ctx context.Context, d *delivery)
	space   *budget

	mu    sync.Mutex
	queue map[string][]*delivery // of the lanes that have a goroutine
}

// newLanes returns lanes whose goroutines are started, and waited for, by spawn's owner.
func newLanes(spawn func(name string, run func(ctx context.Context) error), deliver func(ctx context.Context, d *delivery)) *lanes {
	return &lanes{spawn: spawn, deliver: deliver, space: newBudget(maxWaiting), queue: map[string][]*delivery{}}
}

// put queues d on a lane. It waits for room until ctx ends.
func (l *lanes) put(ctx context.Context, lane string, d *delivery) error {
	if err := l.space.take(ctx, d.cost()); err != nil {
		return err
	}
	l.mu.Lock()
	waiting, busy := l.queue[lane]
	l.queue[lane] = append(waiting, d)
	l.mu.Unlock()
	if !busy {
		l.spawn("announcements to "+clip(lane, 40), func(ctx context.Context) error {
			l.serve(ctx, lane)
			return nil
		})
	}
	return nil
}

// serve delivers what is on a lane until it is empty.
func (l *lanes) serve(ctx context.Context, lane string) {
	for {
		d := l.next(lane)
		if d == nil {
			return
		}
		l.deliver(ctx, d)
		l.space.give(d.cost())
	}
}

// next takes the first delivery off a lane. When there is none, the lane ends.
func (l *lanes) next(lane string) *delivery {
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting := l.queue[lane]
	if len(waiting) == 0 {
		delete(l.queue, lane)
		return nil
	}
	l.queue[lane] = waiting[1:]
	return waiting[0]
}

// budget is an amount that many share. It is safe for concurrent use.
type budget struct {
	all int

	mu   sync.Mutex
	left int
	more chan struct{} // closed when there is more
}

func newBudget(all int) *budget { return &budget{all: all, left: all, more: make(chan struct{})} }

// take waits until there is n. What is larger than everything waits for everything.
func (b *budget) take(ctx context.Context, n int) error {
	for {
		b.mu.Lock()
		if b.left >= min(n, b.all) {
			b.left -= n
			b.mu.Unlock()
			return nil
		}
		more := b.more
		b.mu.Unlock()
		select {
		case <-more:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// give returns what was taken.
func (b *budget) give(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left += n
	close(b.more)
	b.more = make(chan struct{})
}
