package xmpp

import (
	"sync"

	"github.com/go-errbot/errbot/backend"
)

// state is what the backend knows, across connections.
type state struct {
	mu      sync.Mutex
	conn    *conn  // nil without a connection
	address string // the bot's, with a resource once it is connected
	rooms   map[string]*room
	shown   shown
}

// shown is what the bot shows of itself.
type shown struct{ show, note string }

// current returns the connection; a *[backend.RetryableError] when there is none.
func (s *state) current() (*conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil {
		return nil, notTaken()
	}
	return s.conn, nil
}

// attach makes c, or nothing, what messages are sent through.
func (s *state) attach(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn = c
}

// begin notes that there is a new session: the bot is in no room.
func (s *state) begin(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.address = address
	for _, r := range s.rooms {
		r.reset()
	}
}

// self returns the bot's address.
func (s *state) self() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.address
}

// isSelf reports whether address is the bot's account, from whatever device.
func (s *state) isSelf(address string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bare(address) == bare(s.address)
}

func (s *state) showing() shown {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown
}

func (s *state) show(p shown) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shown = p
}

// person returns who has an address of the server's, outside rooms.
func person(address string) backend.Person {
	who := bare(address)
	return backend.Person{
		ID:      who,
		Nick:    nickOf(who),
		Client:  resourceOf(address),
		ACL:     who,
		Address: who,
	}
}

// nickOf returns what people call who has an address; a server is called by its name.
func nickOf(address string) string {
	if local := localpart(address); local != "" {
		return local
	}
	return address
}

// place returns the room with an address.
func place(address string) backend.Room {
	address = bare(address)
	return backend.Room{ID: address, Name: nickOf(address), ACL: address, Address: address}
}
