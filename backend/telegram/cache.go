package telegram

import "sync"

// cached is how many entries a cache has at most.
const cached = 10_000

// cache is a bounded map. When it is full it starts anew, which costs a few requests.
type cache[V any] struct {
	mu      sync.Mutex
	entries map[string]V
}

func (c *cache[V]) get(key string) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.entries[key]
	return v, ok
}

func (c *cache[V]) put(key string, value V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries == nil || len(c.entries) >= cached {
		c.entries = map[string]V{}
	}
	c.entries[key] = value
}
