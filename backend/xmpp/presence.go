package xmpp

import (
	"context"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/markdown"
)

// The codes by which a room says what has happened to somebody (XEP-0045, 15.6).
const (
	statusSelf     = "110"
	statusCreated  = "201"
	statusBanned   = "301"
	statusRenamed  = "303"
	statusKicked   = "307"
	statusShutdown = "332"
	statusError    = "333" // thrown out because something could not be delivered
)

// presence handles that somebody came, went or changed what they show. Only the reader calls
// it.
func (c *conn) presence(p *presence) {
	if c.isKnown(bare(p.From)) {
		c.inRoom(p, bare(p.From), resourceOf(p.From))
		return
	}
	if c.isSelf(p.From) || p.From == "" {
		return
	}
	switch p.Type {
	case "subscribe": // who wants to see the bot may, and is seen
		c.tell(&presence{Type: "subscribed", To: bare(p.From)})
		c.tell(&presence{Type: "subscribe", To: bare(p.From)})
	case "", "unavailable":
		c.pass(backend.Presence{Person: person(p.From), Status: status(p), Note: markdown.Clean(clip(p.Status))})
	}
}

// status returns what a presence shows, in the words of [backend.Presence].
func status(p *presence) string {
	switch {
	case p.Type == "unavailable":
		return "offline"
	case p.Show == "":
		return "online"
	case p.Show == "xa":
		return "away"
	}
	return markdown.Clean(clip(p.Show))
}

// inRoom handles the presence of somebody in a room that the bot is in or enters.
func (c *conn) inRoom(p *presence, address, nick string) {
	x := p.Room
	if x == nil {
		x = &roomExt{}
	}
	switch {
	case p.Type == "error":
		c.attempted(address, plainError(p.Error))
	case nick == "": // of the room itself: its picture
	case p.Type == "unavailable" && x.has(statusRenamed):
		c.renamed(address, nick, x.item().Nick)
	case p.Type == "unavailable":
		c.left(p, x, address, nick)
	case p.Type == "":
		c.entered(p, x, address, nick)
	}
}

// entered handles that somebody is in a room, or shows something else there.
func (c *conn) entered(p *presence, x *roomExt, address, nick string) {
	e := c.enters(address, nick, x, shown{clip(p.Show), clip(p.Status)})
	switch {
	case e.itself && !e.joined:
		if x.has(statusCreated) { // nobody else gets in before its configuration is accepted
			c.tell(&iq{Type: "set", ID: newID(), To: address, Owner: &roomOwner{Form: form{Type: "submit"}}})
		}
		c.attempted(address, nil)
		c.pass(backend.RoomChange{Kind: backend.Joined, Room: place(address), Person: e.now.person})
	case !e.joined: // was there before the bot
	case !e.was:
		c.pass(backend.RoomChange{Kind: backend.Joined, Room: place(address), Person: e.now.person})
	case e.before.shown != e.now.shown:
		c.pass(backend.Presence{Person: e.now.person, Status: status(p), Note: markdown.Clean(clip(p.Status))})
	}
}

// left handles that somebody is in a room no more.
func (c *conn) left(p *presence, x *roomExt, address, nick string) {
	change := backend.RoomChange{Kind: backend.Left, Room: place(address)}
	if actor := x.item().Actor.Nick; actor != "" {
		change.By, _ = c.occupant(address, actor)
	}
	who, was, itself := c.leaves(address, nick)
	if !was && !itself {
		return
	}
	change.Person = who
	c.pass(change)
	if !itself {
		return
	}
	c.options.Log.Debug("xmpp: left a room", "room", address, "note", p.Status)
	switch {
	case x.has(statusBanned) || x.Destroy != nil:
		c.options.Log.Warn("xmpp: a room does not have the bot any more", "room", address, "reason", markdown.Clean(x.item().Reason))
		c.forget(address)
	case x.has(statusKicked) || x.has(statusShutdown) || x.has(statusError):
		c.options.Log.Warn("xmpp: thrown out of a room", "room", address, "by", x.item().Actor.Nick, "reason", markdown.Clean(x.item().Reason))
		if c.options.RejoinDelay < 0 {
			c.forget(address)
			return
		}
		c.background(func() { c.rejoin(address, c.options.RejoinDelay) })
	default:
		c.attempted(address, nil) // the bot has left
	}
}

// SetPresence implements [backend.PresenceSetter]. Every status that the protocol does not
// know is "away".
func (b *Backend) SetPresence(_ context.Context, status, note string) error {
	show := map[string]string{"online": "", "dnd": "dnd", "xa": "xa", "chat": "chat"}
	now := shown{show: "away", note: note}
	if s, ok := show[status]; ok {
		now.show = s
	}
	b.show(now)
	c, err := b.current()
	if err != nil {
		return nil // it is shown after the next connect
	}
	c.announce()
	return nil
}

// announce shows the bot to those who may see it: people, and the rooms that it is in.
func (c *conn) announce() {
	p := c.showing()
	c.tell(&presence{Show: p.show, Status: p.note})
	for _, r := range c.joinedRooms() {
		c.tell(&presence{To: r.address + "/" + r.nick, Show: p.show, Status: p.note})
	}
}
