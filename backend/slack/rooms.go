package slack

import (
	"context"

	"github.com/slack-go/slack"

	"github.com/go-errbot/errbot/backend"
)

// Join implements [backend.Joiner]. Slack has neither nicks for one channel nor passwords,
// and a private channel can only be entered when somebody in it invites.
func (b *Backend) Join(ctx context.Context, room, _, _ string) error {
	c, err := b.channelByAddress(ctx, room)
	if err != nil || c.member {
		return err
	}
	_, _, _, err = b.api.JoinConversationContext(ctx, c.id)
	b.directory.channels.drop(c.id)
	return check(ctx, "join "+room, err)
}

// Leave implements [backend.RoomManager]. There is nowhere to show a reason.
func (b *Backend) Leave(ctx context.Context, room, _ string) error {
	c, err := b.channelByAddress(ctx, room)
	if err != nil {
		return err
	}
	_, err = b.api.LeaveConversationContext(ctx, c.id)
	b.directory.channels.drop(c.id)
	return check(ctx, "leave "+room, err)
}

// Rooms implements [backend.RoomManager].
func (b *Backend) Rooms(ctx context.Context) ([]backend.Room, error) {
	var rooms []backend.Room
	for cursor := ""; ; {
		page, next, err := b.ownChannels(ctx, cursor)
		if err != nil {
			return nil, err
		}
		for i := range page {
			rooms = append(rooms, newChannel(&page[i]).room())
		}
		if next == "" {
			return rooms, nil
		}
		cursor = next
	}
}

// Topic implements [backend.RoomManager].
func (b *Backend) Topic(ctx context.Context, room string) (string, error) {
	c, err := b.channelByAddress(ctx, room)
	if err != nil {
		return "", err
	}
	info, err := b.api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: c.id})
	if err := check(ctx, "ask for the topic of "+room, err); err != nil {
		return "", err
	}
	return unescape(info.Topic.Value), nil
}

// SetTopic implements [backend.RoomManager]. Slack takes 250 characters.
func (b *Backend) SetTopic(ctx context.Context, room, topic string) error {
	c, err := b.channelByAddress(ctx, room)
	if err != nil {
		return err
	}
	_, err = b.api.SetTopicOfConversationContext(ctx, c.id, escape(topic))
	return check(ctx, "set the topic of "+room, err)
}

// Occupants implements [backend.RoomManager].
func (b *Backend) Occupants(ctx context.Context, room string) ([]backend.Person, error) {
	const perPage = 200
	c, err := b.channelByAddress(ctx, room)
	if err != nil {
		return nil, err
	}
	var people []backend.Person
	for cursor := ""; ; {
		var ids []string
		var next string
		err := patiently(ctx, func() (err error) {
			ids, next, err = b.api.GetUsersInConversationContext(ctx, &slack.GetUsersInConversationParameters{
				ChannelID: c.id, Cursor: cursor, Limit: perPage,
			})
			return check(ctx, "list who is in "+room, err)
		})
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			p, err := b.personByID(ctx, id)
			if err != nil {
				return nil, err
			}
			people = append(people, p)
		}
		if next == "" {
			return people, nil
		}
		cursor = next
	}
}

// Invite implements [backend.RoomManager]: there are no invitations to accept, who is
// invited is in the room.
func (b *Backend) Invite(ctx context.Context, room string, people ...string) error {
	c, err := b.channelByAddress(ctx, room)
	if err != nil {
		return err
	}
	for _, address := range people {
		p, err := b.personByAddress(ctx, address)
		if err != nil {
			return err
		}
		_, err = b.api.InviteUsersToConversationContext(ctx, c.id, p.ID)
		if err := check(ctx, "invite "+address+" to "+room, err); err != nil && code(err) != "already_in_channel" {
			return err
		}
	}
	return nil
}
