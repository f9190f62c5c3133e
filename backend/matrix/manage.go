package matrix

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"github.com/go-errbot/errbot/backend"
)

// Join implements [backend.Joiner]. Matrix has neither nicks for one room nor passwords.
func (b *Backend) Join(ctx context.Context, room, _, _ string) error {
	cli, where, err := b.named(ctx, room)
	if err != nil {
		return err
	}
	req := &mautrix.ReqJoinRoom{}
	if _, server, ok := strings.Cut(b.withServer(room), ":"); ok {
		req.Via = []string{server}
	}
	_, err = cli.JoinRoom(ctx, string(where), req)
	return check("join "+room, err)
}

// Leave implements [backend.RoomManager].
func (b *Backend) Leave(ctx context.Context, room, reason string) error {
	cli, where, err := b.named(ctx, room)
	if err != nil {
		return err
	}
	_, err = cli.LeaveRoom(ctx, where, &mautrix.ReqLeave{Reason: reason})
	return check("leave "+room, err)
}

// Rooms implements [backend.RoomManager]; private conversations are none.
func (b *Backend) Rooms(ctx context.Context) ([]backend.Room, error) {
	cli, err := b.loggedIn()
	if err != nil {
		return nil, err
	}
	joined, err := cli.JoinedRooms(ctx)
	if err := check("list the bot's rooms", err); err != nil {
		return nil, err
	}
	var list []backend.Room
	for _, where := range joined.JoinedRooms {
		place, err := b.place(ctx, where)
		if err != nil && !errors.Is(err, backend.ErrUnknown) {
			return nil, err
		}
		if place.Room != nil && err == nil {
			list = append(list, *place.Room)
		}
	}
	return list, nil
}

// Topic implements [backend.RoomManager].
func (b *Backend) Topic(ctx context.Context, room string) (string, error) {
	_, where, err := b.named(ctx, room)
	if err != nil {
		return "", err
	}
	var topic event.TopicEventContent
	err = b.state(ctx, where, event.StateTopic, &topic)
	return topic.Topic, err
}

// SetTopic implements [backend.RoomManager].
func (b *Backend) SetTopic(ctx context.Context, room, topic string) error {
	cli, where, err := b.named(ctx, room)
	if err != nil {
		return err
	}
	_, err = cli.SendStateEvent(ctx, where, event.StateTopic, "", map[string]string{"topic": topic})
	return check("set the topic of "+room, err)
}

// Occupants implements [backend.RoomManager].
func (b *Backend) Occupants(ctx context.Context, room string) ([]backend.Person, error) {
	cli, where, err := b.named(ctx, room)
	if err != nil {
		return nil, err
	}
	members, err := cli.JoinedMembers(ctx, where)
	if err := check("list who is in "+room, err); err != nil {
		return nil, err
	}
	var people []backend.Person
	for user, member := range members.Joined {
		people = append(people, person(user, member.DisplayName))
	}
	return people, nil
}

// Invite implements [backend.RoomManager]. Who is in the room already is no error.
func (b *Backend) Invite(ctx context.Context, room string, people ...string) error {
	cli, where, err := b.named(ctx, room)
	if err != nil {
		return err
	}
	for _, address := range people {
		p, err := b.personByAddress(ctx, address)
		if err != nil {
			return err
		}
		_, err = cli.InviteUser(ctx, where, &mautrix.ReqInviteUser{UserID: id.UserID(p.ID)})
		if err := check("invite "+address+" to "+room, err); err != nil {
			if status(err) == http.StatusForbidden && b.isIn(ctx, where, id.UserID(p.ID)) {
				continue
			}
			return err
		}
	}
	return nil
}

func (b *Backend) isIn(ctx context.Context, where id.RoomID, who id.UserID) bool {
	var member event.MemberEventContent
	cli, err := b.loggedIn()
	return err == nil && cli.StateEvent(ctx, where, event.StateMember, string(who), &member) == nil &&
		member.Membership == event.MembershipJoin
}

// named returns the room that somebody named.
func (b *Backend) named(ctx context.Context, room string) (*mautrix.Client, id.RoomID, error) {
	cli, err := b.loggedIn()
	if err != nil {
		return nil, "", err
	}
	where, err := b.roomIDOf(ctx, room)
	return cli, where, err
}
