package client

import (
	"math/rand/v2"
	"time"
)

// backoff tells how long to wait between attempts: twice as long after each failure,
// less a random part, so that many bots do not come back at once.
type backoff struct {
	first, base, max time.Duration
	delay            time.Duration // before the random part; 0: no failure yet
}

func newBackoff(first, most time.Duration) *backoff {
	return &backoff{first: first, base: first, max: most}
}

// next returns the delay after one more failure; after one that lasts, the longest.
func (b *backoff) next(lasting bool) time.Duration {
	switch {
	case lasting:
		b.delay = b.max
	case b.delay == 0:
		b.delay = b.base
	default:
		b.delay = min(2*b.delay, b.max)
	}
	return b.delay/2 + rand.N(b.delay/2+1)
}

// hint takes the server's word, in milliseconds, for the first delay. Less than the
// configured one is not accepted: it would make a loop of a broken server's answers.
func (b *backoff) hint(milliseconds int64) {
	wish := min(milliseconds, b.max.Milliseconds())
	b.base = max(time.Duration(wish)*time.Millisecond, b.first)
}

// reset forgets the failures, after a good connection.
func (b *backoff) reset() { b.delay, b.base = 0, b.first }
