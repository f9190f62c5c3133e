package slack

import (
	"context"
	"sync"
	"time"
)

const (
	cached  = 10_000           // how many people, channels and so on are remembered
	fresh   = 10 * time.Minute // for how long, where Slack does not tell of a change
	missing = time.Minute      // the same for what is not there
)

// cache is a bounded map whose entries grow old. When it is full it starts anew, which
// costs a few requests.
type cache[V any] struct {
	mu      sync.Mutex
	entries map[string]entry[V]
}

type entry[V any] struct {
	value   V
	expires time.Time
}

func (c *cache[V]) get(key string) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[key]
	if !ok || time.Now().After(e.expires) {
		var none V
		return none, false
	}
	return e.value, true
}

func (c *cache[V]) put(key string, value V, keep time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries == nil || len(c.entries) >= cached {
		c.entries = map[string]entry[V]{}
	}
	c.entries[key] = entry[V]{value, time.Now().Add(keep)}
}

func (c *cache[V]) drop(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.entries, key)
}

func (c *cache[V]) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries = nil
}

// recall returns what c has under key, or asks for it, waiting where Slack's rate limit
// says so.
func recall[V any](ctx context.Context, c *cache[V], key, what string, ask func() (V, error)) (V, error) {
	if v, ok := c.get(key); ok {
		return v, nil
	}
	var v V
	err := patiently(ctx, func() (err error) {
		v, err = ask()
		return check(ctx, what, err)
	})
	if err == nil {
		c.put(key, v, fresh)
	}
	return v, err
}
