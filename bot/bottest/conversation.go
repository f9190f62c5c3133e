package bottest

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/go-errbot/errbot/backend"
)

// Conversation is one person in one place. Its Expect methods take what the bot said there,
// one message after the other, and fail the test when it said something else.
type Conversation struct {
	chat *Chat
	from backend.Person
	at   backend.Ref
}

// In returns the conversation of the same person in a room.
func (c *Conversation) In(room string) *Conversation {
	return &Conversation{chat: c.chat, from: c.from, at: backend.ToRoom(Room(room))}
}

// Thread returns the conversation of the same person in a thread of the same place.
func (c *Conversation) Thread(id string) *Conversation {
	at := c.at
	at.Thread = id
	return &Conversation{chat: c.chat, from: c.from, at: at}
}

// Say says text and returns when everything that it started has ended.
func (c *Conversation) Say(text string) *Conversation {
	c.chat.t.Helper()
	return c.SayMessage(&backend.Message{Body: text})
}

// SayMessage is [Conversation.Say] for a message with more than a body. Its place, sender
// and Done are filled in.
func (c *Conversation) SayMessage(m *backend.Message) *Conversation {
	c.chat.t.Helper()
	done := make(chan struct{})
	id := m.ID
	m.Ref, m.From = c.at, c.from
	m.ID = id
	m.Done = func() { close(done) }
	if !c.chat.Deliver(m) {
		c.chat.t.Fatalf("bottest: %q was said while the bot was not connected", m.Body)
	}
	timer := time.NewTimer(Timeout)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
		c.chat.t.Fatalf("bottest: %q is still at work after %v; the bot's log:\n%s", m.Body, Timeout, c.chat.Log())
	}
	return c
}

// Next returns the next message of the bot. It waits for one that is yet to come.
func (c *Conversation) Next() *backend.Message {
	c.chat.t.Helper()
	timer := time.NewTimer(Timeout)
	defer timer.Stop()
	select {
	case m := <-c.chat.Mail(c.at.Place()):
		return m
	case <-timer.C:
		c.chat.t.Fatalf("bottest: the bot said nothing in %s for %v; its log:\n%s", c.at, Timeout, c.chat.Log())
		return nil
	}
}

// Expect takes one message for each text and demands that they are the same.
func (c *Conversation) Expect(texts ...string) *Conversation {
	c.chat.t.Helper()
	for _, want := range texts {
		if got := c.Next().Body; got != want {
			c.chat.t.Fatalf("bottest: in %s the bot said\n%s\nand not\n%s", c.at, quote(got), quote(want))
		}
	}
	return c
}

// ExpectContains takes one message and demands that it contains every part.
func (c *Conversation) ExpectContains(parts ...string) *Conversation {
	c.chat.t.Helper()
	got := c.Next().Body
	for _, part := range parts {
		if !strings.Contains(got, part) {
			c.chat.t.Fatalf("bottest: in %s the bot said\n%s\nwithout\n%s", c.at, quote(got), quote(part))
		}
	}
	return c
}

// ExpectMatch takes one message and demands that a regular expression matches it.
func (c *Conversation) ExpectMatch(pattern string) *Conversation {
	c.chat.t.Helper()
	got := c.Next().Body
	if !regexp.MustCompile(pattern).MatchString(got) {
		c.chat.t.Fatalf("bottest: in %s the bot said\n%s\nwhich does not match\n\t%s", c.at, quote(got), pattern)
	}
	return c
}

// ExpectNothing demands that the bot has said nothing more here so far.
func (c *Conversation) ExpectNothing() *Conversation {
	c.chat.t.Helper()
	select {
	case m := <-c.chat.Mail(c.at.Place()):
		c.chat.t.Fatalf("bottest: in %s the bot said\n%s\nand should have said nothing", c.at, quote(m.Body))
	default:
	}
	return c
}

// Drain takes everything that the bot has said here so far.
func (c *Conversation) Drain() []*backend.Message {
	var all []*backend.Message
	for {
		select {
		case m := <-c.chat.Mail(c.at.Place()):
			all = append(all, m)
		default:
			return all
		}
	}
}

func quote(text string) string {
	return "\t" + fmt.Sprintf("%q", text)
}
