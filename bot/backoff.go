package bot

import (
	"context"
	"math/rand/v2"
	"time"
)

// backoff is a growing delay with jitter, so that many bots do not come back at once.
type backoff struct{ min, max, current time.Duration }

func newBackoff(lowest, highest time.Duration) *backoff {
	return &backoff{min: lowest, max: highest}
}

// next returns how long to wait now: between half of the current delay and all of it.
func (b *backoff) next() time.Duration {
	b.current = min(max(b.current*2, b.min), b.max)
	half := b.current / 2
	return half + rand.N(half+1)
}

// reset makes the next delay the shortest one again.
func (b *backoff) reset() { b.current = 0 }

// sleep waits for d. It returns the context's error when that ends first.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
