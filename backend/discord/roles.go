package discord

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/bwmarrin/discordgo"

	"github.com/go-errbot/errbot/backend"
)

// rolePrefix stands before a role's name in access rules.
const rolePrefix = "role:"

// roleAge is for how long the roles of somebody are believed who only speaks in private: with
// a message in a channel, Discord tells them anew.
const roleAge = time.Minute

// membership is which roles somebody has in the bot's own server.
type membership struct {
	roles   []string // IDs
	expires time.Time
}

// rolesOf returns the roles that somebody has in the bot's own server, as access rules name
// them: in private, and in other servers, too, so that a rule means the same everywhere.
func (b *Backend) rolesOf(ctx context.Context, personID string) ([]string, error) {
	home := b.directory.homeID()
	known, ok := b.directory.roles.get(personID)
	if home != "" && (!ok || time.Now().After(known.expires)) {
		m, err := ask(ctx, "look up somebody's roles", func(o ...discordgo.RequestOption) (*discordgo.Member, error) {
			return b.rest.GuildMember(home, personID, o...)
		})
		if err != nil && !errors.Is(err, backend.ErrUnknown) {
			return nil, err
		}
		known = membership{expires: time.Now().Add(roleAge)}
		if m != nil {
			known.roles = m.Roles
		}
		b.directory.roles.put(personID, known)
	}
	return b.directory.roleNames(known.roles), nil
}

// roleNames returns the names of roles, as access rules have them. Of several roles with one
// name the oldest has it, and the others their IDs.
func (d *directory) roleNames(ids []string) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	home := d.guilds[d.home]
	if home == nil {
		return nil
	}
	var names []string
	for _, id := range ids {
		r := home.roles[id]
		if r == nil {
			continue
		}
		name := r.Name
		for _, other := range home.roles {
			if other.Name == name && compareIDs(other.ID, id) < 0 {
				name = id
				break
			}
		}
		names = append(names, rolePrefix+name)
	}
	slices.Sort(names)
	return names
}
