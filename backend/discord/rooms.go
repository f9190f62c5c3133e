package discord

import (
	"context"
	"fmt"
	"net/http"

	"github.com/bwmarrin/discordgo"

	"github.com/go-errbot/errbot/backend"
)

// Join implements [backend.Joiner]. A bot is in every channel that it sees; joining takes a
// Leave back. There are neither nicks for one channel nor passwords.
func (b *Backend) Join(_ context.Context, room, _, _ string) error {
	c, err := b.channelByAddress(room)
	if err != nil {
		return err
	}
	if !b.directory.selfSees(c) {
		return fmt.Errorf("discord: join %s: the bot does not see the channel: give its role the permission View Channel", room)
	}
	b.setDeaf(c.ID, false)
	return nil
}

// Leave implements [backend.RoomManager]. Discord has no way for a bot to leave a channel: it
// stays in the list of members, and pays no attention to the channel until it joins, or the
// process starts again.
func (b *Backend) Leave(_ context.Context, room, _ string) error {
	c, err := b.channelByAddress(room)
	if err != nil {
		return err
	}
	b.setDeaf(c.ID, true)
	return nil
}

func (b *Backend) setDeaf(channelID string, deaf bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if deaf {
		b.deaf[channelID] = true
	} else {
		delete(b.deaf, channelID)
	}
}

// isDeaf reports whether the bot has left a place.
func (b *Backend) isDeaf(at backend.Ref) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return at.Room != nil && b.deaf[at.Room.ID]
}

// Rooms implements [backend.RoomManager].
func (b *Backend) Rooms(context.Context) ([]backend.Room, error) {
	if err := b.connected(); err != nil {
		return nil, err
	}
	var rooms []backend.Room
	for _, c := range b.directory.allChannels() {
		if room := b.directory.room(c); b.directory.selfSees(c) && !b.isDeaf(backend.ToRoom(room)) {
			rooms = append(rooms, room)
		}
	}
	return rooms, nil
}

// Topic implements [backend.RoomManager].
func (b *Backend) Topic(ctx context.Context, room string) (string, error) {
	c, err := b.channelByAddress(room)
	if err != nil {
		return "", err
	}
	c, err = ask(ctx, "ask for the topic of "+room, func(o ...discordgo.RequestOption) (*discordgo.Channel, error) {
		return b.rest.Channel(c.ID, o...)
	})
	if err != nil {
		return "", err
	}
	return c.Topic, nil
}

// SetTopic implements [backend.RoomManager]. Discord takes two topics of a channel in ten
// minutes.
func (b *Backend) SetTopic(ctx context.Context, room, topic string) error {
	c, err := b.channelByAddress(room)
	if err != nil {
		return err
	}
	address := discordgo.EndpointChannel(c.ID) // discordgo cannot remove a topic
	_, err = b.rest.RequestWithBucketID(http.MethodPatch, address, map[string]string{"topic": topic}, address, discordgo.WithContext(ctx))
	return explain(check(ctx, "set the topic of "+room, err))
}

// Occupants implements [backend.RoomManager]: the members of the server who see the channel.
// It needs the privileged intent Server Members.
func (b *Backend) Occupants(ctx context.Context, room string) ([]backend.Person, error) {
	const page, most = 1000, 50
	c, err := b.channelByAddress(room)
	if err != nil {
		return nil, err
	}
	var people []backend.Person
	after := ""
	for range most {
		members, err := ask(ctx, "list who is in "+room, func(o ...discordgo.RequestOption) ([]*discordgo.Member, error) {
			return b.rest.GuildMembers(c.GuildID, after, page, o...)
		})
		if status(err) == http.StatusForbidden {
			return nil, fmt.Errorf("%w: the bot needs the privileged intent Server Members: switch it on in the developer portal, under Bot", err)
		}
		if err != nil {
			return nil, err
		}
		for _, m := range members {
			after = m.User.ID
			if b.directory.canSee(c, m.User.ID, m.Roles) {
				people = append(people, personOf(m.User, m))
			}
		}
		if len(members) < page {
			break
		}
	}
	return people, nil
}

// Invite implements [backend.RoomManager]: it makes an invitation for one person and a day,
// and sends its address in private.
func (b *Backend) Invite(ctx context.Context, room string, people ...string) error {
	const day = 24 * 60 * 60
	c, err := b.channelByAddress(room)
	if err != nil {
		return err
	}
	for _, address := range people {
		to, err := b.Resolve(ctx, address)
		if err != nil {
			return err
		}
		if to.Person == nil {
			return unknown(address)
		}
		invite, err := b.rest.ChannelInviteCreate(c.ID, discordgo.Invite{MaxAge: day, MaxUses: 1, Unique: true}, discordgo.WithContext(ctx))
		if err := check(ctx, "invite "+address+" to "+room, err); err != nil {
			return explain(err)
		}
		text := "You are invited to " + room + ": https://discord.gg/" + invite.Code
		if _, err := b.Send(ctx, &backend.Message{Ref: to, Body: text}); err != nil {
			return fmt.Errorf("invite %s to %s: %w", address, room, err)
		}
	}
	return nil
}
