package mattermost

import (
	"context"
	"strings"
	"sync"

	"github.com/mattermost/mattermost-server/v6/model"

	"github.com/go-errbot/errbot/backend"
)

// cached is how many people, channels and so on are remembered.
const cached = 10_000

// directory remembers people and channels for the time of a connection. The server tells
// what changes meanwhile.
type directory struct {
	users    cache[*model.User]    // by ID
	names    cache[string]         // IDs by username; "" for nobody's
	channels cache[*model.Channel] // by ID
	teams    cache[string]         // names by ID
	direct   cache[string]         // channel IDs by the other person's ID
}

func newDirectory() *directory {
	d := &directory{}
	d.forget()
	return d
}

func (d *directory) forget() {
	d.users.clear()
	d.names.clear()
	d.channels.clear()
	d.teams.clear()
	d.direct.clear()
}

// renamed takes in what the server tells about a person.
func (d *directory) renamed(u *model.User) {
	d.users.drop(u.Id)
	d.names.clear()
}

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

// keys returns some of the keys, at most limit.
func (c *cache[V]) keys(limit int) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	keys := make([]string, 0, min(limit, len(c.entries)))
	for key := range c.entries {
		if len(keys) == limit {
			break
		}
		keys = append(keys, key)
	}
	return keys
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

// recall returns what c has under key, or asks for it, waiting where the server's rate
// limit says so.
func recall[V any](ctx context.Context, c *cache[V], key, what string, ask func() (V, *model.Response, error)) (V, error) {
	if v, ok := c.get(key); ok {
		return v, nil
	}
	var v V
	err := patiently(ctx, func() error {
		var r *model.Response
		var err error
		v, r, err = ask()
		return check(what, r, err)
	})
	if err == nil {
		c.put(key, v)
	}
	return v, err
}

// personByID returns somebody whom the server names by their ID.
func (b *Backend) personByID(ctx context.Context, id string) (backend.Person, error) {
	u, err := recall(ctx, &b.directory.users, id, "look up a person", func() (*model.User, *model.Response, error) {
		return b.api(ctx).GetUser(id, "")
	})
	if err != nil {
		return backend.Person{}, err
	}
	return person(u), nil
}

func person(u *model.User) backend.Person {
	name := "@" + u.Username
	return backend.Person{
		ID:       u.Id,
		Nick:     u.Username,
		FullName: strings.TrimSpace(u.FirstName + " " + u.LastName),
		Email:    u.Email,
		ACL:      name,
		Address:  name,
	}
}

func (b *Backend) channelByID(ctx context.Context, id string) (*model.Channel, error) {
	return recall(ctx, &b.directory.channels, id, "look up a channel", func() (*model.Channel, *model.Response, error) {
		return b.api(ctx).GetChannel(id, "")
	})
}

// room returns a channel with its name. In other teams than the bot's own the team is part
// of it, so that nobody gets rights by naming a channel like one of ours.
func (b *Backend) room(ctx context.Context, c *model.Channel) (backend.Room, error) {
	name := "~" + c.Name
	if own := b.known().team; c.TeamId != "" && own != nil && c.TeamId != own.Id {
		team, err := recall(ctx, &b.directory.teams, c.TeamId, "look up a team", func() (string, *model.Response, error) {
			t, r, err := b.api(ctx).GetTeam(c.TeamId, "")
			if err != nil {
				return "", r, err
			}
			return t.Name, r, nil
		})
		if err != nil {
			return backend.Room{}, err
		}
		name = "~" + team + "/" + c.Name
	}
	return backend.Room{ID: c.Id, Name: c.Name, ACL: name, Address: name}, nil
}

// place returns where a channel's messages are for the host: in private with the other
// person, or in a room.
func (b *Backend) place(ctx context.Context, channelID string) (backend.Ref, error) {
	c, err := b.channelByID(ctx, channelID)
	if err != nil {
		return backend.Ref{}, err
	}
	if c.Type != model.ChannelTypeDirect {
		room, err := b.room(ctx, c)
		return backend.ToRoom(room), err
	}
	other, err := b.personByID(ctx, c.GetOtherUserIdForDM(b.known().self.ID))
	return backend.ToPerson(other), err
}

// directChannel returns the channel of the private conversation with somebody.
func (b *Backend) directChannel(ctx context.Context, personID string) (string, error) {
	if id, ok := b.directory.direct.get(personID); ok {
		return id, nil
	}
	c, r, err := b.api(ctx).CreateDirectChannel(b.known().self.ID, personID)
	if err := check("open a private conversation", r, err); err != nil {
		return "", err
	}
	b.directory.direct.put(personID, c.Id)
	return c.Id, nil
}
