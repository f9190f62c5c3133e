package slack

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"github.com/go-errbot/errbot/backend"
)

// directory remembers people, channels and groups. Slack tells what changes, where the app
// is subscribed to it; in any case entries are asked for again after a while.
type directory struct {
	people   cache[backend.Person] // by ID
	users    cache[string]         // IDs by username; "" for nobody's
	channels cache[channel]        // by ID
	names    cache[string]         // channel IDs by name; "" for none
	direct   cache[string]         // channel IDs by the other person's ID
	groups   groups
}

func newDirectory() *directory { return &directory{} }

func (d *directory) forget() {
	d.people.clear()
	d.users.clear()
	d.channels.clear()
	d.names.clear()
	d.direct.clear()
	d.groups.forget()
}

// personByID returns somebody whom Slack names by their ID.
func (b *Backend) personByID(ctx context.Context, id string) (backend.Person, error) {
	return recall(ctx, &b.directory.people, id, "look up a person", func() (backend.Person, error) {
		u, err := b.api.GetUserInfoContext(ctx, id)
		if err != nil {
			return backend.Person{}, err
		}
		return b.person(u), nil
	})
}

// person returns a user. Usernames are unique in a workspace only: those of other
// workspaces, whose people are met in shared channels, have it behind their name, so that
// nobody gets rights by being called like one of ours.
func (b *Backend) person(u *slack.User) backend.Person {
	p := backend.Person{
		ID:       u.ID,
		Nick:     cmp.Or(u.Profile.DisplayName, u.Name),
		FullName: cmp.Or(u.RealName, u.Profile.RealName),
		Email:    u.Profile.Email,
		ACL:      "@" + u.Name,
		Address:  "@" + u.Name,
	}
	if !b.isOurs(u) {
		p.ACL += "@" + u.TeamID
		p.Address = "<@" + u.ID + ">"
	}
	return p
}

func (b *Backend) isOurs(u *slack.User) bool {
	us := b.known()
	return u.TeamID == us.teamID ||
		us.enterpriseID != "" && u.Enterprise.EnterpriseID == us.enterpriseID && slices.Contains(u.Enterprise.Teams, us.teamID)
}

// personByName returns one of the workspace's people. Slack has no request for that, so the
// list of people is read until the name comes up.
func (b *Backend) personByName(ctx context.Context, name string) (backend.Person, error) {
	name = strings.ToLower(name)
	if !isName(name, ".-_") {
		return backend.Person{}, unknown("@" + name)
	}
	if id, ok := b.directory.users.get(name); ok {
		if id == "" {
			return backend.Person{}, unknown("@" + name)
		}
		return b.personByID(ctx, id)
	}
	const perPage = 200
	page := b.api.GetUsersPaginated(slack.GetUsersOptionLimit(perPage))
	for more := true; more; more = page.Cursor != "" {
		err := patiently(ctx, func() (err error) {
			page, err = page.Next(ctx)
			return check(ctx, "list people", err)
		})
		if err != nil {
			return backend.Person{}, err
		}
		if p, ok := b.learn(page.Users, name); ok {
			return p, nil
		}
	}
	b.directory.users.put(name, "", missing)
	return backend.Person{}, unknown("@" + name)
}

// learn remembers users, and returns the one with a name.
func (b *Backend) learn(users []slack.User, name string) (found backend.Person, ok bool) {
	for i := range users {
		u := &users[i]
		if u.Deleted || !b.isOurs(u) {
			continue
		}
		p := b.person(u)
		b.directory.people.put(u.ID, p, fresh)
		b.directory.users.put(u.Name, u.ID, fresh)
		if u.Name == name {
			found, ok = p, true
		}
	}
	return found, ok
}

// isName reports whether name has only the characters of Slack's names. Names of channels
// can have letters of all scripts.
func isName(name, marks string) bool {
	return name != "" && len(name) <= 300 && strings.IndexFunc(name, func(r rune) bool {
		return r < 0x80 && (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune(marks, r)
	}) < 0
}
