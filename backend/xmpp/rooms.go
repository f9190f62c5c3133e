package xmpp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mellium.im/xmpp/jid"
	"mellium.im/xmpp/stanza"

	"github.com/go-errbot/errbot/backend"
)

const (
	// nickAttempts is how many nicks are tried in a room, each with another "_" behind it.
	nickAttempts = 4
	// rejoinAttempts is how often the bot tries to get back into a room, each time after
	// twice the delay.
	rejoinAttempts = 5
	// topicTimeout is how long a room may take to tell its topic after it let the bot in.
	topicTimeout = 5 * time.Second
)

// Join implements [backend.Joiner]. A room that does not exist is created, where the server
// lets the bot do that. While somebody else has the nick, the bot has one with "_" behind it.
func (b *Backend) Join(ctx context.Context, room, nick, password string) error {
	return b.atRoom(ctx, room, "join", func(c *conn, address string) error {
		if in, _ := b.isIn(address); in {
			return nil
		}
		if nick == "" {
			nick = b.options.Nick
		}
		err := c.enter(ctx, address, nick, password)
		if err != nil {
			b.forget(address)
		}
		return err
	})
}

// enter goes into a room. While somebody else does so, it waits for what becomes of that.
func (c *conn) enter(ctx context.Context, address, nick, password string) error {
	for busy := c.claim(address, c); busy != nil; busy = c.claim(address, c) {
		select {
		case <-busy:
		case <-ctx.Done():
			return ctx.Err()
		case <-c.closed:
			return notTaken()
		}
	}
	defer c.release(address, c)
	if in, _ := c.isIn(address); in {
		return nil
	}
	for attempt := 1; ; attempt++ {
		err := c.knock(ctx, address, nick, password)
		var refused *refusal
		if !errors.As(err, &refused) || refused.stanza.Condition != stanza.Conflict || attempt == nickAttempts {
			return err
		}
		nick += "_"
	}
}

// knock asks to be let into a room, and waits for the answer.
func (c *conn) knock(ctx context.Context, address, nick, password string) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	as, err := jid.Parse(address + "/" + nick)
	if err != nil {
		return fmt.Errorf("%q cannot be a nick: %w", nick, err)
	}
	nick = as.Resourcepart() // as the room will spell it
	answer := c.want(address, nick, password, c.options.believes(domain(address)))
	show := c.showing()
	c.tell(&presence{
		To:     address + "/" + nick,
		Show:   show.show,
		Status: show.note,
		Enter:  &enter{Password: password, History: history{Stanzas: max(c.options.History, 0)}},
	})
	return c.wait(ctx, answer)
}

// wait waits for what becomes of an attempt.
func (c *conn) wait(ctx context.Context, answer <-chan error) error {
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return fmt.Errorf("no answer: %w", ctx.Err())
	case <-c.closed:
		return notTaken()
	}
}

// enterAll goes back into the rooms that the bot was in before the connection.
func (c *conn) enterAll() {
	for _, r := range c.keys() {
		c.background(func() {
			if err := c.enter(c.life, r.address, r.nick, r.password); err != nil && c.alive() {
				c.options.Log.Error("xmpp: could not get back into a room", "room", r.address, "error", err)
			}
		})
	}
}

// rejoin goes back into a room that the bot was thrown out of, after a delay.
func (c *conn) rejoin(address string, delay time.Duration) {
	for range rejoinAttempts {
		select {
		case <-time.After(delay):
		case <-c.closed:
			return
		}
		delay = 2 * max(delay, time.Second)
		r, wanted := c.keyOf(address)
		if in, _ := c.isIn(address); in || !wanted {
			return
		}
		err := c.enter(c.life, r.address, r.nick, r.password)
		if err == nil || !c.alive() {
			return
		}
		c.options.Log.Error("xmpp: could not get back into a room", "room", address, "error", err)
	}
	c.forget(address)
}

// Leave implements [backend.RoomManager].
func (b *Backend) Leave(ctx context.Context, room, reason string) error {
	return b.inRoom(ctx, room, "leave", func(c *conn, r key) error {
		answer := b.want(r.address, r.nick, r.password, b.options.believes(domain(r.address)))
		c.tell(&presence{Type: "unavailable", To: r.address + "/" + r.nick, Status: reason})
		ctx, cancel := context.WithTimeout(ctx, askTimeout)
		defer cancel()
		err := c.wait(ctx, answer)
		b.forget(r.address)
		return err
	})
}

// Rooms implements [backend.RoomManager].
func (b *Backend) Rooms(context.Context) ([]backend.Room, error) {
	var rooms []backend.Room
	for _, r := range b.joinedRooms() {
		rooms = append(rooms, place(r.address))
	}
	return rooms, nil
}

// Topic implements [backend.RoomManager].
func (b *Backend) Topic(ctx context.Context, room string) (topic string, err error) {
	err = b.inRoom(ctx, room, "topic of", func(_ *conn, r key) error {
		_, known, err := b.topicOf(r.address)
		if err != nil {
			return err
		}
		timeout := time.NewTimer(topicTimeout)
		defer timeout.Stop()
		select {
		case <-known:
		case <-timeout.C: // some rooms do not tell that there is none
		case <-ctx.Done():
			return ctx.Err()
		}
		topic, _, err = b.topicOf(r.address)
		return err
	})
	return topic, err
}

// SetTopic implements [backend.RoomManager].
func (b *Backend) SetTopic(ctx context.Context, room, topic string) error {
	return b.inRoom(ctx, room, "topic of", func(c *conn, r key) error {
		ctx, cancel := context.WithTimeout(ctx, askTimeout)
		defer cancel()
		return c.deliver(ctx, &message{Type: "groupchat", To: r.address, Subject: &topic})
	})
}

// Occupants implements [backend.RoomManager].
func (b *Backend) Occupants(ctx context.Context, room string) (people []backend.Person, err error) {
	err = b.inRoom(ctx, room, "occupants of", func(_ *conn, r key) error {
		people, err = b.people(r.address)
		return err
	})
	return people, err
}

// Invite implements [backend.RoomManager]. The room passes the invitations on; a room for
// members only makes members of those whom it lets the bot invite.
func (b *Backend) Invite(ctx context.Context, room string, people ...string) error {
	return b.inRoom(ctx, room, "invite into", func(c *conn, r key) error {
		for _, address := range people {
			who, err := b.Resolve(ctx, address)
			if err == nil && !who.IsPrivate() {
				err = fmt.Errorf("%w: %s is a room", backend.ErrUnknown, address)
			}
			if err == nil {
				err = c.deliver(ctx, &message{To: r.address, Room: &roomExt{Invite: &invite{To: who.Person.ID}}})
			}
			if err != nil {
				return fmt.Errorf("%s: %w", address, err)
			}
		}
		return nil
	})
}

// invited handles that somebody asks the bot into a room.
func (c *conn) invited(room, by, password string) {
	address, err := parse(room)
	if err != nil {
		return
	}
	name := address.Bare().String()
	if !c.options.AcceptInvites || !c.options.believes(address.Domainpart()) {
		c.options.Log.Info("xmpp: invited into a room", "room", name, "by", by)
		return
	}
	c.background(func() {
		if err := c.Join(c.life, name, "", password); err != nil && c.alive() {
			c.options.Log.Error("xmpp: could not follow an invitation", "room", name, "by", by, "error", err)
		}
	})
}

// atRoom runs do with the connection and the address of what can be a room.
func (b *Backend) atRoom(ctx context.Context, room, doing string, do func(c *conn, address string) error) error {
	who, err := parse(room)
	if err != nil {
		return fmt.Errorf("xmpp: %s: %w", doing, err)
	}
	name := who.Bare().String()
	c, err := b.current()
	if err == nil {
		has := b.isKnown(name)
		if !has {
			has, err = c.hasRooms(ctx, who.Domainpart())
		}
		if err == nil && !has {
			err = fmt.Errorf("%w: that is no room", backend.ErrUnknown)
		}
	}
	if err == nil {
		err = do(c, name)
	}
	if err != nil {
		return fmt.Errorf("xmpp: %s %s: %w", doing, name, err)
	}
	return nil
}

// inRoom runs do for a room that the bot is in.
func (b *Backend) inRoom(ctx context.Context, room, doing string, do func(c *conn, r key) error) error {
	return b.atRoom(ctx, room, doing, func(c *conn, address string) error {
		for _, r := range b.joinedRooms() {
			if r.address == address {
				return do(c, r)
			}
		}
		return errNotIn
	})
}

// setTopic handles that somebody has set the topic of a room.
func (c *conn) setTopic(address, nick, topic string, before bool) {
	if !c.subject(address, topic) || before {
		return
	}
	by, _ := c.occupant(address, nick)
	c.pass(backend.RoomChange{Kind: backend.TopicChanged, Room: place(address), By: by, Topic: topic})
}
