package mattermost

import (
	"context"
	"strings"

	"github.com/mattermost/mattermost-server/v6/model"

	"github.com/go-errbot/errbot/backend"
)

// Join implements [backend.Joiner]. Mattermost has neither nicks for one channel nor
// passwords, and a private channel can only be entered when somebody in it invites.
func (b *Backend) Join(ctx context.Context, room, _, _ string) error {
	c, err := b.channelByAddress(ctx, room)
	if err != nil {
		return err
	}
	_, r, err := b.api(ctx).AddChannelMember(c.Id, b.known().self.ID)
	return check("join "+room, r, err)
}

// Leave implements [backend.RoomManager]. There is nowhere to show a reason.
func (b *Backend) Leave(ctx context.Context, room, _ string) error {
	c, err := b.channelByAddress(ctx, room)
	if err != nil {
		return err
	}
	r, err := b.api(ctx).RemoveUserFromChannel(c.Id, b.known().self.ID)
	return check("leave "+room, r, err)
}

// Rooms implements [backend.RoomManager].
func (b *Backend) Rooms(ctx context.Context) ([]backend.Room, error) {
	channels, err := b.channels(ctx)
	if err != nil {
		return nil, err
	}
	var rooms []backend.Room
	for _, c := range channels {
		if c.Type == model.ChannelTypeDirect {
			continue
		}
		room, err := b.room(ctx, c)
		if err != nil {
			return nil, err
		}
		rooms = append(rooms, room)
	}
	return rooms, nil
}

// Topic implements [backend.RoomManager] with the channel's header.
func (b *Backend) Topic(ctx context.Context, room string) (string, error) {
	c, err := b.channelByAddress(ctx, room)
	if err != nil {
		return "", err
	}
	return c.Header, nil
}

// SetTopic implements [backend.RoomManager] with the channel's header.
func (b *Backend) SetTopic(ctx context.Context, room, topic string) error {
	c, err := b.channelByAddress(ctx, room)
	if err != nil {
		return err
	}
	_, r, err := b.api(ctx).PatchChannel(c.Id, &model.ChannelPatch{Header: &topic})
	return check("set the topic of "+room, r, err)
}

// Occupants implements [backend.RoomManager].
func (b *Backend) Occupants(ctx context.Context, room string) ([]backend.Person, error) {
	const perPage = 200
	c, err := b.channelByAddress(ctx, room)
	if err != nil {
		return nil, err
	}
	var people []backend.Person
	for page := 0; ; page++ {
		users, r, err := b.api(ctx).GetUsersInChannel(c.Id, page, perPage, "")
		if err := check("list who is in "+room, r, err); err != nil {
			return nil, err
		}
		for _, u := range users {
			people = append(people, person(u))
		}
		if len(users) < perPage {
			return people, nil
		}
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
		p, err := b.personByName(ctx, strings.TrimPrefix(address, "@"))
		if err != nil {
			return err
		}
		_, r, err := b.api(ctx).AddChannelMember(c.Id, p.ID)
		if err := check("invite "+address+" to "+room, r, err); err != nil {
			return err
		}
	}
	return nil
}
