package session

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/go-errbot/errbot/bot/secret"
)

var _ SecretStore = (*Cleartext)(nil)

// Cleartext is a [SecretStore] in memory. Nothing is encrypted, nothing is written to
// disk, and everything is gone when the process ends.
type Cleartext struct {
	mu      sync.Mutex
	entries secrets // nil when closed
}

// NewCleartext returns an empty store.
func NewCleartext() *Cleartext { return &Cleartext{entries: secrets{}} }

// Get implements [SecretStore].
func (c *Cleartext) Get(ctx context.Context, name string) (value secret.String, err error) {
	err = c.use(ctx, func() error {
		value, err = c.entries.get(name)
		return err
	})
	return value, err
}

// Put implements [SecretStore].
func (c *Cleartext) Put(ctx context.Context, name string, value secret.String) error {
	return c.use(ctx, func() error { return c.entries.put(name, value) })
}

// Delete implements [SecretStore].
func (c *Cleartext) Delete(ctx context.Context, name string) error {
	return c.use(ctx, func() error {
		delete(c.entries, name)
		return nil
	})
}

// Keys implements [SecretStore].
func (c *Cleartext) Keys(ctx context.Context) (names []string, err error) {
	err = c.use(ctx, func() error {
		names = slices.Sorted(maps.Keys(c.entries))
		return nil
	})
	return names, err
}

// Close implements [SecretStore]. It forgets everything.
func (c *Cleartext) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries = nil
	return nil
}

func (c *Cleartext) use(ctx context.Context, do func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries == nil {
		return ErrClosed
	}
	return do()
}

// Format keeps every verb of fmt from printing the secrets.
func (c *Cleartext) Format(f fmt.State, _ rune) { fmt.Fprint(f, "secrets in memory") }
