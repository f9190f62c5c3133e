package xmpp

import "sync"

// maxCached bounds a cache; a full one begins anew.
const maxCached = 1000

// cache keeps values by name. It may be used from several goroutines at once.
type cache[T any] struct {
	mu     sync.Mutex
	values map[string]T
}

func newCache[T any]() *cache[T] { return &cache[T]{values: map[string]T{}} }

func (c *cache[T]) get(name string) (T, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.values[name]
	return v, ok
}

func (c *cache[T]) put(name string, v T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.values) >= maxCached {
		clear(c.values)
	}
	c.values[name] = v
}
