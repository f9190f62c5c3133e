package discord

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bwmarrin/discordgo"

	"github.com/go-errbot/errbot/backend"
)

// personOf returns a user as the host knows people. What they are called in one server is
// shown only: everybody can choose it.
func personOf(u *discordgo.User, m *discordgo.Member) backend.Person {
	name := u.Username
	if u.Discriminator != "" && u.Discriminator != "0" { // bots still have them
		name += "#" + u.Discriminator
	}
	full := u.GlobalName
	if m != nil {
		full = cmp.Or(m.Nick, full)
	}
	return backend.Person{ID: u.ID, Nick: u.Username, FullName: full, ACL: "@" + name, Address: "@" + name}
}

// person returns somebody by their ID.
func (b *Backend) person(ctx context.Context, id string) (backend.Person, error) {
	if u, ok := b.directory.people.get(id); ok {
		return personOf(u, nil), nil
	}
	u, err := ask(ctx, "look up a person", func(o ...discordgo.RequestOption) (*discordgo.User, error) {
		return b.rest.User(id, o...)
	})
	if err != nil {
		return backend.Person{}, err
	}
	b.directory.people.put(id, u)
	return personOf(u, nil), nil
}

// Resolve understands "@alice", "@bot#1234" and "<@ID>" for a person, and "#ops", "#ID",
// "#SERVER/ops" and "<#ID>" for a channel, where SERVER is a server's ID. For people by name
// it asks Discord, which finds those who are in a server with the bot.
func (b *Backend) Resolve(ctx context.Context, address string) (backend.Ref, error) {
	if inner, ok := strings.CutPrefix(address, "<"); ok && strings.HasSuffix(inner, ">") {
		inner = strings.TrimSuffix(inner, ">")
		if id := strings.TrimPrefix(strings.TrimPrefix(inner, "@"), "!"); inner != id && isID(id) {
			p, err := b.person(ctx, id)
			return backend.ToPerson(p), err
		}
		address = inner
	}
	if name, ok := strings.CutPrefix(address, "@"); ok {
		p, err := b.personByName(ctx, name)
		return backend.ToPerson(p), err
	}
	c, err := b.channelByAddress(address)
	if err != nil {
		return backend.Ref{}, err
	}
	return backend.ToRoom(b.directory.room(c)), nil
}

// personByName finds somebody by their username, which is unique on Discord.
func (b *Backend) personByName(ctx context.Context, name string) (backend.Person, error) {
	const most = 100 // candidates that Discord is asked for
	name = strings.ToLower(name)
	username, _, _ := strings.Cut(name, "#")
	if username == "" || len(username) > 64 {
		return backend.Person{}, unknown("@" + name)
	}
	if self := b.Self(); strings.EqualFold(self.Address, "@"+name) {
		return self, nil
	}
	if err := b.connected(); err != nil {
		return backend.Person{}, err
	}
	for _, guild := range b.directory.guildIDs() {
		members, err := ask(ctx, "look up @"+name, func(o ...discordgo.RequestOption) ([]*discordgo.Member, error) {
			return b.rest.GuildMembersSearch(guild, username, most, o...)
		})
		if err != nil && !errors.Is(err, backend.ErrUnknown) {
			return backend.Person{}, err
		}
		for _, m := range members {
			if p := personOf(m.User, m); strings.EqualFold(p.Address, "@"+name) {
				m.GuildID = guild
				b.directory.putMember(m)
				return p, nil
			}
		}
	}
	return backend.Person{}, unknown("@" + name)
}

// channelByAddress finds the channel that somebody named.
func (b *Backend) channelByAddress(address string) (*discordgo.Channel, error) {
	name, marked := strings.CutPrefix(address, "#")
	if !marked || name == "" {
		return nil, unknown(address)
	}
	if b.Self().ID == "" {
		return nil, &backend.RetryableError{Err: errNotConnected}
	}
	guild := b.directory.homeID()
	if server, channel, ok := strings.Cut(name, "/"); ok {
		guild, name = server, channel
	}
	var byID *discordgo.Channel
	for _, c := range b.directory.allChannels() {
		switch {
		case c.ID == name:
			byID = c
		case c.GuildID == guild && strings.EqualFold(c.Name, name):
			return c, nil
		}
	}
	if byID == nil {
		return nil, unknown(address)
	}
	return byID, nil
}

func unknown(address string) error {
	return fmt.Errorf("discord: %w: %q is none of @person, #channel and #server-id/channel", backend.ErrUnknown, address)
}

// channelByID returns a channel or thread; one that the gateway has not told is asked for.
func (b *Backend) channelByID(ctx context.Context, id string) (*discordgo.Channel, error) {
	if c := b.directory.channel(id); c != nil {
		return c, nil
	}
	c, err := ask(ctx, "look up a channel", func(o ...discordgo.RequestOption) (*discordgo.Channel, error) {
		return b.rest.Channel(id, o...)
	})
	if err != nil {
		return nil, err
	}
	b.directory.away.put(id, *c)
	return c, nil
}

// place returns where the messages of a channel are for the host: in a room, and there in a
// thread.
func (b *Backend) place(ctx context.Context, channelID string) (backend.Ref, error) {
	c, err := b.channelByID(ctx, channelID)
	if err != nil {
		return backend.Ref{}, err
	}
	thread := ""
	if c.IsThread() {
		thread = c.ID
		if c, err = b.channelByID(ctx, c.ParentID); err != nil {
			return backend.Ref{}, err
		}
	}
	ref := backend.ToRoom(b.directory.room(c))
	ref.Thread = thread
	return ref, nil
}

// directChannel returns the channel of the private conversation with somebody.
func (b *Backend) directChannel(ctx context.Context, personID string) (string, error) {
	if id, ok := b.directory.direct.get(personID); ok {
		return id, nil
	}
	c, err := b.rest.UserChannelCreate(personID, discordgo.WithContext(ctx))
	if err := check(ctx, "open a private conversation", err); err != nil {
		return "", err
	}
	b.directory.direct.put(personID, c.ID)
	return c.ID, nil
}
