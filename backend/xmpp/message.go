package xmpp

import (
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/markdown"
)

// maxFiles bounds the files of one message.
const maxFiles = 20

// message handles what somebody, or a room, says. Only the reader calls it.
func (c *conn) message(m *message) {
	switch {
	case m.Type == "error":
		c.bounced(m)
	case c.isSelf(m.From) || m.From == "" || m.Type == "headline":
	case m.Room != nil && m.Room.Invite != nil:
		c.invited(bare(m.From), m.Room.Invite.From, m.Room.Password)
	case m.Invitation != nil:
		c.invited(m.Invitation.Room, m.From, m.Invitation.Password)
	case m.Type == "groupchat":
		c.said(m)
	default:
		c.whispered(m)
	}
}

// bounced handles that a message of the bot's did not arrive.
func (c *conn) bounced(m *message) {
	err := plainError(m.Error)
	if err == nil || c.stream.refused(m.ID, m.From, err) {
		return
	}
	c.options.Log.Warn("xmpp: a message did not arrive", "to", m.From, "reason", err)
}

// said handles what is said in a room.
func (c *conn) said(m *message) {
	address, nick := bare(m.From), resourceOf(m.From)
	known := c.isKnown(address)
	if !known {
		return // a room that the bot has left
	}
	if m.Subject != nil && len(m.Body) == 0 {
		c.setTopic(address, nick, *m.Subject, len(m.Delays) > 0)
	}
	c.noteIDs(address, m)
	late := c.isLate(m)
	from, _ := c.occupant(address, nick)
	if late { // somebody else may have that nick now
		from = c.speaker(address, nick, realAddress(m))
	}
	if c.isSelf(from.ID) {
		c.stream.reflected(echoOf(m), m.From)
		return
	}
	if nick == "" {
		return // the room itself
	}
	c.heardFrom(m, backend.ToRoom(place(address)), from, late)
}

// whispered handles what is said in private, outside rooms or inside.
func (c *conn) whispered(m *message) {
	from := person(m.From)
	if address := bare(m.From); c.isKnown(address) || m.Room != nil {
		nick := resourceOf(m.From)
		if nick == "" {
			return // the room itself
		}
		from, _ = c.occupant(address, nick)
		from.Address = m.From // what answers there is seen there
		if c.isSelf(from.ID) {
			return
		}
	}
	c.heardFrom(m, backend.ToPerson(from), from, c.isLate(m))
}

// heardFrom passes on what somebody said at a place.
func (c *conn) heardFrom(m *message, at backend.Ref, from backend.Person, late bool) {
	at.ID, at.Thread = m.ID, m.Thread
	if m.Reactions != nil {
		c.reacted(m, at, from)
	}
	files := filesOf(m)
	body := ""
	if len(m.Body) > 0 {
		body = markdown.Clean(m.Body[0])
	}
	if len(files) == 1 && body == files[0].URL {
		body = "" // clients say the address for those that show no files
	}
	if body == "" && len(files) == 0 {
		return
	}
	said := &backend.Message{Ref: at, From: from, Body: body, Files: files, Delayed: late}
	if m.Replace != nil && m.Replace.ID != "" {
		said.ID, said.Edited = m.Replace.ID, true
	}
	said.Mentions = c.mentioned(m, at, body)
	c.pass(said)
}

// mentioned returns the people in a room whom a message addresses: by what a client marks, or
// by nick.
func (c *conn) mentioned(m *message, at backend.Ref, body string) []backend.Person {
	if !at.IsRoom() {
		return nil
	}
	address := at.Room.Address
	names := words(body)
	for _, r := range m.References[:min(len(m.References), maxMentions)] {
		if uri, ok := strings.CutPrefix(r.URI, "xmpp:"); ok && r.Type == "mention" {
			names = append(names, c.nickIn(address, uri))
		}
	}
	return c.among(address, names)
}

// filesOf returns the files whose addresses a message has.
func filesOf(m *message) []backend.File {
	var files []backend.File
	for _, f := range m.Files[:min(len(m.Files), maxFiles)] {
		u, err := url.Parse(f.URL)
		if err != nil || (u.Scheme != "https" && u.Scheme != "http") {
			continue
		}
		name := path.Base(u.Path)
		if name == "/" || name == "." {
			name = u.Host
		}
		files = append(files, backend.File{Name: markdown.Clean(name), Size: -1, URL: f.URL})
	}
	return files
}

// isLate reports whether m was said while the bot was away. What the server kept while a
// connection was lost is of now, if it is not too old.
func (c *conn) isLate(m *message) bool {
	for _, d := range m.Delays {
		at, err := time.Parse(time.RFC3339, d.Stamp)
		kept := c.resumed && (d.From == c.options.account.Domainpart() || c.isSelf(d.From))
		if !kept || err != nil || time.Since(at) > c.options.CatchUp {
			return true
		}
	}
	return false
}

// realAddress returns whose account a room says that somebody spoke with; empty when it does
// not say.
func realAddress(m *message) string {
	if m.Room == nil {
		return ""
	}
	return m.Room.item().JID
}
