package text

import (
	"sync"

	"github.com/go-errbot/errbot/backend"
)

// conversation is who talks, and where.
type conversation struct {
	mu        sync.Mutex
	from      backend.Person
	room      *backend.Room // nil in private
	multiline bool
}

// AsUser makes the person at the terminal the one called name ("luser" when it is
// empty), until the next call. What cannot be part of a name is left out of it: blanks,
// control characters, "@", "#" and "/", and everything beyond 64 characters.
func (b *Backend) AsUser(name string) backend.Person {
	return b.talkAs(person(toName(name, "@", "luser")))
}

// AsAdmin makes the person at the terminal the administrator again.
func (b *Backend) AsAdmin() backend.Person { return b.talkAs(person(b.options.Admin)) }

// InRoom goes to the room called name ("testroom" when it is empty), under the rules of
// [Backend.AsUser].
func (b *Backend) InRoom(name string) backend.Room {
	r := room(toName(name, "#", "testroom"))
	b.goTo(&r)
	return r
}

// InPerson goes back to a private conversation with the bot.
func (b *Backend) InPerson() { b.goTo(nil) }

// ToggleMultiline changes whether a message is one line or ends at an empty line, and
// returns true for the latter.
func (b *Backend) ToggleMultiline() bool {
	b.now.mu.Lock()
	defer b.now.mu.Unlock()
	b.now.multiline = !b.now.multiline
	return b.now.multiline
}

func (b *Backend) talkAs(p backend.Person) backend.Person {
	b.now.mu.Lock()
	b.now.from = p
	b.now.mu.Unlock()
	b.refreshPrompt()
	return p
}

func (b *Backend) goTo(r *backend.Room) {
	b.now.mu.Lock()
	b.now.room = r
	b.now.mu.Unlock()
	b.refreshPrompt()
}

// place returns who talks and where.
func (c *conversation) place() (backend.Person, backend.Ref) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.room != nil {
		return c.from, backend.ToRoom(*c.room)
	}
	return c.from, backend.ToPerson(c.from)
}

func (c *conversation) isMultiline() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.multiline
}
