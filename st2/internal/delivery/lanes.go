package delivery

import (
	"context"
	"sync"

	"github.com/go-errbot/errbot/st2/internal/wording"
)

// What waits for the chat, all lanes together. Beyond it, whoever brings more waits.
const (
	maxWaiting = 64 << 20 // bytes
	itemCost   = 8 << 10  // bytes that an item counts for beside its text
)

// lanes bring items to the chat: those of one lane one after the other, each lane on its own,
// so that a slow room holds up no other. They are safe for concurrent use.
type lanes struct {
	spawn func(name string, run func(ctx context.Context) error)
	bring func(ctx context.Context, it *item)
	space *budget

	mu    sync.Mutex
	queue map[string][]*item // of the lanes that have a goroutine
}

func newLanes(spawn func(name string, run func(ctx context.Context) error), bring func(ctx context.Context, it *item)) *lanes {
	return &lanes{spawn: spawn, bring: bring, space: newBudget(maxWaiting), queue: map[string][]*item{}}
}

// put queues an item, for which space has been taken, on a lane.
func (l *lanes) put(lane string, it *item) {
	l.mu.Lock()
	waiting, busy := l.queue[lane]
	l.queue[lane] = append(waiting, it)
	l.mu.Unlock()
	if !busy {
		l.spawn("announcements to "+wording.Clip(lane, 40), func(ctx context.Context) error {
			l.serve(ctx, lane)
			return nil
		})
	}
}

// serve brings what is on a lane until it is empty.
func (l *lanes) serve(ctx context.Context, lane string) {
	for it := l.next(lane); it != nil; it = l.next(lane) {
		l.bring(ctx, it)
		l.space.give(it.cost)
	}
}

// next takes the first item off a lane. When there is none, the lane ends.
func (l *lanes) next(lane string) *item {
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

// tryTake takes n if there is so much. What is larger than everything takes everything.
func (b *budget) tryTake(n int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left < min(n, b.all) {
		return false
	}
	b.left -= n
	return true
}

// take is tryTake that waits until there is so much, or ctx ends.
func (b *budget) take(ctx context.Context, n int) error {
	for {
		more := b.freed()
		if b.tryTake(n) {
			return nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// freed returns a channel that is closed when something is given back.
func (b *budget) freed() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.more
}

// give returns what was taken.
func (b *budget) give(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left += n
	close(b.more)
	b.more = make(chan struct{})
}
