package delivery

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/go-errbot/errbot/st2/internal/ledger"
)

// The pauses between two looks at what is about to be announced grow from firstLook to lastLook.
const (
	firstLook = 50 * time.Millisecond
	lastLook  = time.Second
)

// doubt is an announcement of the stream whose content was delivered before.
type doubt struct {
	key   ledger.Key
	entry chan *ledger.Entry // has the entry when an execution of its own was found
	// judged is set when a list that was made after the event has no such execution.
	judged atomic.Bool
}

// isNew finds out whether an item, whose content has been delivered before, is another
// announcement with that content. Where StackStorm does not answer, the item is left to a later
// list.
func (c *Courier) isNew(ctx context.Context, it *item) bool {
	v := c.recovery
	conclusive := it.doubt.judged.Load()
	for delay := firstLook; !conclusive && len(it.doubt.entry) == 0; delay = min(2*delay, lastLook) {
		out := v.now(ctx, time.Time{})
		conclusive = out.settles(it.key)
		if v.blind.Load() || !conclusive && (delay == lastLook || !pause(ctx, delay)) {
			break
		}
	}
	it.entry = v.withdraw(it.doubt)
	if it.entry == nil && ctx.Err() == nil && (v.blind.Load() || conclusive && !c.ledger.Explained(it.key)) {
		it.entry = c.ledger.Add(it.key) // the list is no judge: it does not show what the stream brings
	}
	return it.entry != nil
}

// register notes that the next execution with a content settles a doubt.
func (v *recovery) register(k ledger.Key) *doubt {
	d := &doubt{key: k, entry: make(chan *ledger.Entry, 1)}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.doubts[k] = append(v.doubts[k], d)
	signal(v.wake)
	return d
}

// settle hands an entry to the oldest doubt about its content. It reports false when there
// is none.
func (v *recovery) settle(e *ledger.Entry) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	waiting := v.doubts[e.Key]
	if len(waiting) == 0 {
		return false
	}
	v.courier.ledger.Matched(e)
	waiting[0].entry <- e
	v.removeLocked(waiting[0])
	return true
}

// withdraw ends a doubt and returns the entry it was given, if it was.
func (v *recovery) withdraw(d *doubt) *ledger.Entry {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.removeLocked(d)
	select {
	case e := <-d.entry:
		return e
	default:
		return nil
	}
}

func (v *recovery) removeLocked(d *doubt) {
	left := slices.DeleteFunc(v.doubts[d.key], func(other *doubt) bool { return other == d })
	v.doubts[d.key] = left
	if len(left) == 0 {
		delete(v.doubts, d.key)
	}
}
