package slack

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"github.com/go-errbot/errbot/backend"
)

// groupPrefix stands before a user group's handle in access rules.
const groupPrefix = "group:"

// groups knows who is in which user group.
type groups struct {
	mu      sync.Mutex
	of      map[string][]string // names in access rules, by the person's ID
	handles map[string]string   // by the group's ID
	expires time.Time
}

func (g *groups) forget() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.expires = time.Time{}
}

func (g *groups) set(of map[string][]string, handles map[string]string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.of, g.handles, g.expires = of, handles, time.Now().Add(fresh)
}

func (g *groups) get(personID string) (names []string, known bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.of[personID], time.Now().Before(g.expires)
}

// handle returns the handle of the group with an ID, or "".
func (g *groups) handle(id string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.handles[id]
}

// groupsOf returns the user groups that somebody is in, as access rules name them.
func (b *Backend) groupsOf(ctx context.Context, personID string) ([]string, error) {
	names, known := b.directory.groups.get(personID)
	if known {
		return names, nil
	}
	if err := b.readGroups(ctx); err != nil {
		return nil, err
	}
	names, _ = b.directory.groups.get(personID)
	return names, nil
}

// readGroups reads who is in which group. Where the bot may not know, nobody is in any.
func (b *Backend) readGroups(ctx context.Context) error {
	var list []slack.UserGroup
	err := patiently(ctx, func() (err error) {
		list, err = b.api.GetUserGroupsContext(ctx, slack.GetUserGroupsOptionIncludeUsers(true))
		return check(ctx, "list user groups", err)
	})
	var again *backend.RetryableError
	if errors.As(err, &again) || ctx.Err() != nil {
		return err
	}
	if err != nil {
		b.log.Warn("slack: access rules cannot name user groups", "error", err)
	}
	of, handles := map[string][]string{}, map[string]string{}
	for _, g := range list {
		handles[g.ID] = g.Handle
		for _, id := range g.Users {
			of[id] = append(of[id], groupPrefix+g.Handle)
		}
	}
	b.directory.groups.set(of, handles)
	return nil
}
