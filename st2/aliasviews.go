package st2

import (
	"context"
	"sync"
	"time"

	"github.com/go-errbot/errbot/st2/client"
)

// viewFresh is for how long the list of somebody who is not the bot is good enough.
const viewFresh = time.Minute

// aliasViews keeps, for a short time, the aliases that people see who speak to StackStorm in
// their own names: what one may list is no suggestion for another. The zero value is ready
// and safe for concurrent use.
type aliasViews struct {
	mu    sync.Mutex
	known map[*client.Client]aliasView
}

type aliasView struct {
	list []client.Alias
	read time.Time
}

func (a *aliasViews) get(c *client.Client) (view aliasView, fresh bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	view = a.known[c]
	return view, time.Since(view.read) < viewFresh
}

func (a *aliasViews) set(c *client.Client, list []client.Alias) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.known == nil || len(a.known) >= maxClients {
		a.known = map[*client.Client]aliasView{}
	}
	a.known[c] = aliasView{list, time.Now()}
}

// aliasesOf returns the aliases that c's user sees. With an error they are the last ones that
// could be read.
func (l *life) aliasesOf(ctx context.Context, c *client.Client) ([]client.Alias, error) {
	if c == l.client {
		list, err := l.aliases.get(ctx)
		if err != nil {
			list, _ = l.aliases.last()
		}
		return list, err
	}
	view, fresh := l.views.get(c)
	if fresh {
		return view.list, nil
	}
	list, err := c.Aliases(ctx)
	if err != nil {
		return view.list, err
	}
	l.views.set(c, list)
	return list, nil
}
