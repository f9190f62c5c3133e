// Package aliases knows which commands StackStorm has: all of them as the bot sees them, kept
// fresh ([Cache]), what others see ([Views]), and those that are like what was typed
// ([Nearest]). What may be run is not known here.
package aliases

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/approval"
)

// How fresh the list of aliases is kept, beside the events that tell of changes.
const (
	fresh  = 2 * time.Minute // for how long a list is good enough
	reload = time.Minute     // how often it is read, so that commands need not wait for it
	settle = 500 * time.Millisecond
)

// Cache keeps all aliases as the bot's own account sees them. It is safe for concurrent
// use.
type Cache struct {
	client  *client.Client
	turn    chan struct{} // taken by who reads the list
	changed chan struct{} // has an element when the list should be read again

	mu      sync.Mutex
	list    []client.Alias
	known   bool      // there has been a list
	secured bool      // one of list asks for security
	until   time.Time // for how long list is good enough
	changes int       // how often it has been invalidated
}

// New returns a Cache that asks c.
func New(c *client.Client) *Cache {
	return &Cache{client: c, turn: make(chan struct{}, 1), changed: make(chan struct{}, 1)}
}

// List returns all aliases, read now where the list is not fresh. The caller must not change
// them.
func (a *Cache) List(ctx context.Context) ([]client.Alias, error) {
	if list, ok := a.recent(); ok {
		return list, nil
	}
	return a.read(ctx, a.recent)
}

// read asks StackStorm, unless somebody else has just done so: then instead is true.
func (a *Cache) read(ctx context.Context, instead func() ([]client.Alias, bool)) ([]client.Alias, error) {
	select {
	case a.turn <- struct{}{}:
		defer func() { <-a.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if list, ok := instead(); ok {
		return list, nil
	}
	a.mu.Lock()
	changes := a.changes
	a.mu.Unlock()
	list, err := a.client.Aliases(ctx)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.list, a.known, a.secured = list, true, anySecured(list)
	if a.changes == changes { // what changed meanwhile may be missing
		a.until = time.Now().Add(fresh)
	}
	return list, nil
}

func (a *Cache) recent() ([]client.Alias, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.list, time.Now().Before(a.until)
}

// Last returns the last list that could be read; known is false when none could.
func (a *Cache) Last() (list []client.Alias, known bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.list, a.known
}

// Secured reports whether an alias of the last list asks for security.
func (a *Cache) Secured() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.secured
}

// Invalidate tells that aliases may have changed.
func (a *Cache) Invalidate() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.changes++
	a.until = time.Time{}
	if a.known {
		select {
		case a.changed <- struct{}{}:
		default:
		}
	}
}

// Run keeps the list fresh until ctx ends. Many changes in a row are one.
func (a *Cache) Run(ctx context.Context) error {
	ticker := time.NewTicker(reload)
	defer ticker.Stop()
	for {
		instead := a.recent
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			instead = func() ([]client.Alias, bool) { return nil, false }
		case <-a.changed:
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(settle):
			}
		}
		_, _ = a.read(ctx, instead) // who needs the list asks again, and tells
	}
}

// anySecured reports whether an alias asks for security, or cannot be understood.
func anySecured(aliases []client.Alias) bool {
	return slices.ContainsFunc(aliases, func(a client.Alias) bool {
		rule, err := approval.ReadRule(a.Extra)
		return err != nil || rule.Asks()
	})
}
