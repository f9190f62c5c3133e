package aliases

import (
	"context"
	"sync"
	"time"

	"github.com/go-errbot/errbot/st2/client"
)

const (
	viewFresh = time.Minute // for how long somebody's list is good enough
	mostViews = 1000        // people whose lists are kept
)

// Views keeps, for a short time, the aliases that people see who speak to StackStorm in
// their own names: what one may list is no suggestion for another. The zero value is ready
// and safe for concurrent use.
type Views struct {
	mu    sync.Mutex
	known map[*client.Client]view
}

type view struct {
	list []client.Alias
	read time.Time
}

func (a *Views) get(c *client.Client) (seen view, fresh bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	seen = a.known[c]
	return seen, time.Since(seen.read) < viewFresh
}

func (a *Views) set(c *client.Client, list []client.Alias) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.known == nil || len(a.known) >= mostViews {
		a.known = map[*client.Client]view{}
	}
	a.known[c] = view{list, time.Now()}
}

// List returns the aliases that c's user sees. With an error they are the last ones that could
// be read. The caller must not change them.
func (a *Views) List(ctx context.Context, c *client.Client) ([]client.Alias, error) {
	seen, fresh := a.get(c)
	if fresh {
		return seen.list, nil
	}
	list, err := c.Aliases(ctx)
	if err != nil {
		return seen.list, err
	}
	a.set(c, list)
	return list, nil
}
