package slack

import (
	"context"
	"strings"

	"github.com/slack-go/slack"

	"github.com/go-errbot/errbot/backend"
)

// channel is what the package keeps of a conversation.
type channel struct {
	id, name string
	user     string // the other side of a private conversation; empty in all others
	member   bool   // the bot is in it
}

func newChannel(c *slack.Channel) channel {
	return channel{id: c.ID, name: c.Name, user: c.User, member: c.IsMember}
}

func (c channel) room() backend.Room {
	name := "#" + c.name
	return backend.Room{ID: c.id, Name: c.name, ACL: name, Address: name}
}

func (b *Backend) channelByID(ctx context.Context, id string) (channel, error) {
	return recall(ctx, &b.directory.channels, id, "look up a channel", func() (channel, error) {
		c, err := b.api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: id})
		if err != nil {
			return channel{}, err
		}
		return newChannel(c), nil
	})
}

// place returns where a channel's messages are for the host: in private with the other
// person, or in a room.
func (b *Backend) place(ctx context.Context, channelID string) (backend.Ref, error) {
	c, err := b.channelByID(ctx, channelID)
	if err != nil {
		return backend.Ref{}, err
	}
	if c.user == "" {
		return backend.ToRoom(c.room()), nil
	}
	other, err := b.personByID(ctx, c.user)
	return backend.ToPerson(other), err
}

// directChannel returns the channel of the private conversation with somebody.
func (b *Backend) directChannel(ctx context.Context, personID string) (string, error) {
	if id, ok := b.directory.direct.get(personID); ok {
		return id, nil
	}
	c, _, _, err := b.api.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{personID}})
	if err := check(ctx, "open a private conversation", err); err != nil {
		return "", err
	}
	b.directory.direct.put(personID, c.ID, fresh)
	return c.ID, nil
}

// channelByName finds a channel: first among those that the bot is in, then among all that
// it can see. Slack has no request for that.
func (b *Backend) channelByName(ctx context.Context, name string) (channel, error) {
	if !isName(name, "-_") {
		return channel{}, unknown("#" + name)
	}
	if id, ok := b.directory.names.get(name); ok {
		if id == "" {
			return channel{}, unknown("#" + name)
		}
		return b.channelByID(ctx, id)
	}
	for _, list := range []func(ctx context.Context, cursor string) ([]slack.Channel, string, error){b.ownChannels, b.allChannels} {
		found, err := b.search(ctx, list, name)
		if err != nil || found.id != "" {
			return found, err
		}
	}
	b.directory.names.put(name, "", missing)
	return channel{}, unknown("#" + name)
}

// search reads a list until name comes up.
func (b *Backend) search(ctx context.Context, list func(ctx context.Context, cursor string) ([]slack.Channel, string, error), name string) (found channel, err error) {
	for cursor := ""; ; {
		page, next, err := list(ctx, cursor)
		if err != nil {
			return channel{}, err
		}
		for i := range page {
			c := newChannel(&page[i])
			b.directory.channels.put(c.id, c, fresh)
			b.directory.names.put(c.name, c.id, fresh)
			if c.name == name {
				found = c
			}
		}
		if found.id != "" || next == "" {
			return found, nil
		}
		cursor = next
	}
}

const channelsPerPage = 200

// ownChannels returns a page of the list of rooms that the bot is in.
func (b *Backend) ownChannels(ctx context.Context, cursor string) ([]slack.Channel, string, error) {
	return b.conversations(ctx, cursor, "public_channel", "private_channel", "mpim")
}

// conversations returns a page of the list of what the bot is in.
func (b *Backend) conversations(ctx context.Context, cursor string, types ...string) (page []slack.Channel, next string, err error) {
	err = patiently(ctx, func() (err error) {
		page, next, err = b.api.GetConversationsForUserContext(ctx, &slack.GetConversationsForUserParameters{
			Cursor: cursor, Types: types, Limit: channelsPerPage, ExcludeArchived: true,
		})
		return check(ctx, "list the bot's channels", err)
	})
	for i := range page {
		page[i].IsMember = true // this list does not say so
	}
	return page, next, err
}

// allChannels returns a page of the list of rooms that the bot can see.
func (b *Backend) allChannels(ctx context.Context, cursor string) (page []slack.Channel, next string, err error) {
	err = patiently(ctx, func() (err error) {
		page, next, err = b.api.GetConversationsContext(ctx, &slack.GetConversationsParameters{
			Cursor: cursor, Types: []string{"public_channel", "private_channel"}, Limit: channelsPerPage, ExcludeArchived: true,
		})
		return check(ctx, "list channels", err)
	})
	return page, next, err
}

// isID reports whether text has the form of an ID that begins with one of kinds.
func isID(text, kinds string) bool {
	return len(text) >= 2 && len(text) <= 30 && strings.IndexByte(kinds, text[0]) >= 0 && strings.IndexFunc(text, func(r rune) bool {
		return (r < 'A' || r > 'Z') && (r < '0' || r > '9')
	}) < 0 && strings.ContainsAny(text, "0123456789")
}
