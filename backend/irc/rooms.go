package irc

import (
	"context"
	"fmt"
	"time"

	"github.com/lrstanley/girc"

	"github.com/go-errbot/errbot/backend"
)

// maxRejoins is how often the bot tries to get back into a room that it was kicked from.
const maxRejoins = 5

var _ backend.RoomManager = (*Backend)(nil)

// Join implements [backend.Joiner]. The bot has one nick on the whole network, so nick is
// not used. Once joined, a room is joined again after every reconnect and after a kick.
func (b *Backend) Join(ctx context.Context, room, _, password string) error {
	return b.inRoom(room, "join", func(c *conn) error {
		if in, _ := c.isIn(room); in {
			return nil
		}
		if !isWord(password) {
			return fmt.Errorf("a password is one word without commas")
		}
		_, known := c.isIn(room)
		c.want(room, password)
		err := c.enter(ctx, room, password)
		if err != nil && known == nil {
			c.forget(room)
		}
		return err
	})
}

// enter joins a room and learns who is in it.
func (c *conn) enter(ctx context.Context, room, key string) error {
	params := []string{room}
	if key != "" {
		params = append(params, key)
	}
	replies, err := c.ask(ctx, girc.JOIN, params...)
	if err == nil {
		err = c.refusal(replies, room)
	}
	in, _ := c.isIn(room)
	switch {
	case err != nil && !in:
		c.failed(room)
		return err
	case !in:
		c.failed(room)
		return fmt.Errorf("the server does not let the bot in")
	}
	_, err = c.who(ctx, room)
	return err
}

// enterAll joins the rooms of the connection before.
func (c *conn) enterAll() {
	for _, r := range c.wantedRooms() {
		if err := c.enter(c.life, r[0], r[1]); err != nil && c.alive() {
			c.options.Log.Error("irc: could not join a room again", "room", r[0], "error", err)
		}
	}
}

// rejoin gets back into a room after a kick.
func (c *conn) rejoin(room string) {
	key := ""
	for delay, tries := c.options.RejoinDelay, 0; tries < maxRejoins; delay, tries = 2*delay, tries+1 {
		select {
		case <-time.After(delay):
		case <-c.closed:
			return
		}
		in, wanted := c.isIn(room)
		if in || wanted == nil {
			return
		}
		for _, r := range c.wantedRooms() {
			if c.fold(r[0]) == c.fold(room) {
				key = r[1]
			}
		}
		err := c.enter(c.life, room, key)
		if err == nil || !c.alive() {
			return
		}
		c.options.Log.Error("irc: could not get back into a room", "room", room, "error", err)
	}
	c.forget(room)
}

// Leave implements [backend.RoomManager].
func (b *Backend) Leave(ctx context.Context, room, reason string) error {
	return b.inRoom(room, "leave", func(c *conn) error {
		c.forget(room)
		replies, err := c.ask(ctx, girc.PART, room, oneLine(reason))
		if err == nil {
			err = c.refusal(replies, room)
		}
		return err
	})
}

// Rooms implements [backend.RoomManager].
func (b *Backend) Rooms(context.Context) ([]backend.Room, error) {
	var rooms []backend.Room
	for _, name := range b.joinedRooms() {
		rooms = append(rooms, b.room(name))
	}
	return rooms, nil
}

// Topic implements [backend.RoomManager].
func (b *Backend) Topic(ctx context.Context, room string) (topic string, err error) {
	err = b.inRoom(room, "topic of", func(c *conn) error {
		replies, err := c.ask(ctx, girc.TOPIC, room)
		if err != nil {
			return err
		}
		for _, e := range replies {
			if e.Command == girc.RPL_TOPIC && c.fold(param(e, 1)) == c.fold(room) {
				topic = clean(girc.StripRaw(e.Last()))
			}
		}
		return c.refusal(replies, room)
	})
	return topic, err
}

// SetTopic implements [backend.RoomManager]. A topic is one line; the server cuts one that is
// too long for it.
func (b *Backend) SetTopic(ctx context.Context, room, topic string) error {
	return b.inRoom(room, "topic of", func(c *conn) error {
		replies, err := c.ask(ctx, girc.TOPIC, room, oneLine(topic))
		if err == nil {
			err = c.refusal(replies, room)
		}
		return err
	})
}

// Occupants implements [backend.RoomManager].
func (b *Backend) Occupants(ctx context.Context, room string) (people []backend.Person, err error) {
	err = b.inRoom(room, "occupants of", func(c *conn) error {
		sources, err := c.who(ctx, room)
		for _, source := range sources {
			people = append(people, b.person(&source))
		}
		return err
	})
	return people, err
}

// Invite implements [backend.RoomManager].
func (b *Backend) Invite(ctx context.Context, room string, people ...string) error {
	return b.inRoom(room, "invite into", func(c *conn) error {
		for _, address := range people {
			nick := nickOf(address)
			if !isNick(nick) {
				return fmt.Errorf("%w: %q", backend.ErrUnknown, address)
			}
			replies, err := c.ask(ctx, girc.INVITE, nick, room)
			if err == nil {
				err = c.refusal(replies, room)
			}
			if err == nil {
				err = c.refusal(replies, nick)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", nick, err)
			}
		}
		return nil
	})
}

// who asks who is in a room: "352 bot #room user host server nick flags :0 name".
func (c *conn) who(ctx context.Context, room string) ([]girc.Source, error) {
	replies, err := c.ask(ctx, girc.WHO, room)
	if err != nil {
		return nil, err
	}
	var people []girc.Source
	for _, e := range replies {
		if e.Command == girc.RPL_WHOREPLY && len(e.Params) > 5 && c.fold(e.Params[1]) == c.fold(room) {
			people = append(people, girc.Source{Name: e.Params[5], Ident: e.Params[2], Host: e.Params[3]})
		}
	}
	c.listed(room, people...)
	return people, c.refusal(replies, room)
}

// inRoom runs do with the connection, for a name that can be a room's.
func (b *Backend) inRoom(room, doing string, do func(c *conn) error) error {
	if !isRoom(room, b.network().chanTypes) {
		return fmt.Errorf("irc: %w: %q is no room", backend.ErrUnknown, room)
	}
	c, err := b.current()
	if err == nil {
		err = do(c)
	}
	if err != nil {
		return fmt.Errorf("irc: %s %s: %w", doing, room, err)
	}
	return nil
}
