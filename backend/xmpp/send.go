package xmpp

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"time"

	"mellium.im/xmpp/stanza"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/markdown"
)

// settling is how long after a connect a room that the bot is not in may still be one that
// the host is about to join.
const settling = 10 * time.Second

// Send delivers one message. It returns when a room has reflected it, or, in private, when the
// server has it. While a connection is lost in the middle of that, Send waits for the session
// to be resumed, until ctx ends. When it cannot be resumed, the error says that the message
// may have arrived.
func (b *Backend) Send(ctx context.Context, m *backend.Message) (backend.Ref, error) {
	return b.send(ctx, "send", m.Ref, b.content(m))
}

// content returns what a message looks like on the wire.
func (b *Backend) content(m *backend.Message) *message {
	x := &message{Thread: m.Thread, Active: &empty{}}
	if m.Plain {
		x.Body, x.Unstyled = []string{markdown.Clean(m.Body)}, &empty{}
		return x
	}
	x.Body = []string{b.markdown.Text(m.Body)}
	if b.options.XHTML {
		x.HTML = xhtml(m.Body)
	}
	return x
}

// send delivers x to a place and returns where it went.
func (b *Backend) send(ctx context.Context, doing string, at backend.Ref, x *message) (backend.Ref, error) {
	if err := address(at, x); err != nil {
		return backend.Ref{}, fmt.Errorf("xmpp: %s: %w", doing, err)
	}
	c, err := b.current()
	if err == nil && at.IsRoom() {
		err = c.awaitRoom(ctx, x.To)
	}
	if err == nil {
		err = c.deliver(ctx, x)
	}
	if err != nil {
		return backend.Ref{}, fmt.Errorf("xmpp: %s: %w", doing, err)
	}
	at.ID = x.ID
	return at, nil
}

// address makes x go to a place.
func address(at backend.Ref, x *message) error {
	switch {
	case at.Room != nil && localpart(at.Room.Address) != "":
		x.Type, x.To = "groupchat", bare(at.Room.Address)
	case at.Room == nil && at.Person != nil && localpart(at.Person.Address) != "":
		x.Type, x.To = "chat", at.Person.Address
	default:
		return fmt.Errorf("%w: %s", backend.ErrUnknown, at)
	}
	return nil
}

// deliver says x and waits until it was taken.
func (c *conn) deliver(ctx context.Context, x *message) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	x.ID = newID()
	data, err := xml.Marshal(x)
	if err != nil {
		return err
	}
	out := newOutgoing(x.ID, x.To, data)
	if x.Type == "groupchat" {
		out.echo = echoOf(x)
	}
	out.awaited = out.echo == ""
	if err := c.say(out); err != nil {
		return err
	}
	select {
	case <-out.done:
		return c.judge(out.err, x)
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", errInDoubt, ctx.Err())
	}
}

// echoOf returns by what a reflection is known: a message by its id, a topic, which some rooms
// reflect without that, by itself.
func echoOf(x *message) string {
	if x.Subject != nil && len(x.Body) == 0 {
		return "topic " + *x.Subject
	}
	return x.ID
}

// judge makes a room's word that the bot is not in it something to be tried again, when the
// bot should be.
func (c *conn) judge(err error, x *message) error {
	var refused *refusal
	if x.Type != "groupchat" || !errors.As(err, &refused) || refused.stanza.Condition != stanza.NotAcceptable {
		return err
	}
	in, settled := c.isIn(x.To)
	if in { // the room has forgotten the bot
		c.lost(x.To)
		c.background(func() { c.rejoin(x.To, 0) })
	}
	if in || settled != nil || time.Since(c.since) < settling {
		return &backend.RetryableError{Err: err, After: time.Second}
	}
	return err
}

// awaitRoom waits until an attempt to join a room has ended, if there is one.
func (c *conn) awaitRoom(ctx context.Context, address string) error {
	in, settled := c.isIn(address)
	if in || settled == nil {
		return nil
	}
	select {
	case <-settled:
		return nil
	case <-c.closed:
		return notTaken()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Edit implements [backend.Editor] (XEP-0308). People see the new text where their clients
// know corrections, and both texts where they do not.
func (b *Backend) Edit(ctx context.Context, m *backend.Message) error {
	if m.ID == "" {
		return fmt.Errorf("xmpp: edit: %w: the message has no id", backend.ErrUnknown)
	}
	x := b.content(m)
	x.Replace = &reference{m.ID}
	_, err := b.send(ctx, "edit", m.Ref, x)
	return err
}

// Typing implements [backend.Typer] (XEP-0085). It is shown until the bot says something.
func (b *Backend) Typing(ctx context.Context, at backend.Ref) error {
	x := &message{Thread: at.Thread, Composing: &empty{}, NoStore: &empty{}}
	if err := address(at, x); err != nil {
		return fmt.Errorf("xmpp: show that the bot is typing: %w", err)
	}
	c, err := b.current()
	if err != nil {
		return fmt.Errorf("xmpp: show that the bot is typing: %w", err)
	}
	c.tell(x)
	return ctx.Err()
}
