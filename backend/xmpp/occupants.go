package xmpp

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/go-errbot/errbot/backend"
)

// Bounds of what is kept of a room.
const (
	maxOccupants = 20_000
	maxMentions  = 100
	maxRecent    = 500 // messages whose id the room knows as another
	maxID        = 500 // bytes of two ids
	maxNote      = 500 // bytes of what somebody writes beside their presence
)

// room is one that the bot is in, or wants to be in. It is guarded by the state's mutex.
type room struct {
	address        string
	nick, password string // nick is the bot's own
	believed       bool   // when it says who somebody is
	joined         bool
	by             *conn         // that asks to be let in
	attempt        chan error    // what became of asking to be let in; has room for one
	settled        chan struct{} // closed when an attempt to join has ended
	topical        chan struct{} // closed when the topic is known
	topic          string
	occupants      map[string]occupant
	recent         recent
}

// occupant is somebody in a room.
type occupant struct {
	person backend.Person
	shown
}

func newRoom(address string) *room {
	r := &room{address: address, attempt: make(chan error, 1), settled: make(chan struct{})}
	r.reset()
	return r
}

// reset takes the bot out of the room, until an attempt to join it has ended.
func (r *room) reset() {
	r.joined, r.topic, r.occupants, r.recent = false, "", map[string]occupant{}, recent{}
	r.topical = make(chan struct{})
	if isClosed(r.settled) {
		r.settled = make(chan struct{})
	}
}

// settle ends an attempt to join.
func (r *room) settle() {
	if !isClosed(r.settled) {
		close(r.settled)
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// person returns who is called nick in the room. The real address counts where a room shows it
// that is believed; anybody else is known by the address in the room, which access rules do
// not take for somebody's account.
func (r *room) person(nick, real, self string) backend.Person {
	address := r.address + "/" + nick
	p := backend.Person{ID: address, Nick: nick, ACL: address, Address: address}
	if r.joined && nick == r.nick {
		real = self
	}
	if real != "" && (r.believed || real == self) {
		p.ID, p.ACL, p.Address, p.Client = bare(real), bare(real), bare(real), resourceOf(real)
	}
	return p
}

// want notes that the bot is to be in a room, and returns how to learn what becomes of it.
func (s *state) want(address, nick, password string, believed bool) <-chan error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[address]
	if r == nil {
		r = newRoom(address)
		s.rooms[address] = r
	}
	r.nick, r.password, r.believed = nick, password, believed
	r.attempt = make(chan error, 1)
	return r.attempt
}

// forget notes that the bot is not to be in a room.
func (s *state) forget(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.rooms[address]; r != nil {
		r.settle()
		delete(s.rooms, address)
	}
}

// claim lets c be the one who asks a room to be let in. Otherwise it returns what is closed
// when another attempt has ended.
func (s *state) claim(address string, c *conn) (busy <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[address]
	if r == nil {
		r = newRoom(address)
		s.rooms[address] = r
	}
	if r.by != nil && r.by.alive() {
		return r.settled
	}
	r.by = c
	if isClosed(r.settled) {
		r.settled = make(chan struct{})
	}
	return nil
}

// release ends c's attempt to join.
func (s *state) release(address string, c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.rooms[address]; r != nil && r.by == c {
		r.by = nil
		r.settle()
	}
}

// attempted tells who waits for it what became of asking to be let in.
func (s *state) attempted(address string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.rooms[address]; r != nil {
		select {
		case r.attempt <- err:
		default:
		}
	}
}

// key is how a room is entered.
type key struct{ address, nick, password string }

// keys returns how to enter the rooms that the bot wants to be in.
func (s *state) keys() []key {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []key
	for _, address := range slices.Sorted(maps.Keys(s.rooms)) {
		r := s.rooms[address]
		all = append(all, key{r.address, r.nick, r.password})
	}
	return all
}

// keyOf returns how to enter one room, if the bot wants to be in it.
func (s *state) keyOf(address string) (key, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[address]
	if r == nil {
		return key{}, false
	}
	return key{r.address, r.nick, r.password}, true
}

// joinedRooms returns the rooms that the bot is in, with its nick there.
func (s *state) joinedRooms() []key {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []key
	for _, address := range slices.Sorted(maps.Keys(s.rooms)) {
		if r := s.rooms[address]; r.joined {
			all = append(all, key{r.address, r.nick, r.password})
		}
	}
	return all
}

// isIn reports whether the bot is in a room, and otherwise returns what is closed when an
// attempt to join it has ended; nil when it does not want to be in it.
func (s *state) isIn(address string) (in bool, settled <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[address]
	if r == nil {
		return false, nil
	}
	return r.joined, r.settled
}

// lost notes that the bot is in a room no more, although it wants to be.
func (s *state) lost(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.rooms[address]; r != nil {
		r.reset()
	}
}

// occupant returns who is called nick in a room. Without an occupant of that name, somebody
// whom only the room knows is returned, and false.
func (s *state) occupant(address, nick string) (backend.Person, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[address]
	if r == nil {
		r = newRoom(address)
	}
	if o, ok := r.occupants[nick]; ok {
		return o.person, true
	}
	return r.person(nick, "", bare(s.address)), false
}

// speaker returns who said something earlier under a nick that somebody else may have now:
// real is what the room says of them.
func (s *state) speaker(address, nick, real string) backend.Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[address]
	if r == nil {
		r = newRoom(address)
	}
	self := bare(s.address)
	if bare(real) != self && nick == r.nick {
		return backend.Person{ID: self, Nick: nick, ACL: self, Address: self} // the bot, before
	}
	return r.person(nick, real, self)
}

// people returns who is in a room.
func (s *state) people(address string) ([]backend.Person, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[address]
	if r == nil || !r.joined {
		return nil, errNotIn
	}
	var people []backend.Person
	for _, nick := range slices.Sorted(maps.Keys(r.occupants)) {
		people = append(people, r.occupants[nick].person)
	}
	return people, nil
}

var errNotIn = errors.New("the bot is not in that room")

// among returns the people in a room whom words name.
func (s *state) among(address string, words []string) []backend.Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[address]
	if r == nil {
		return nil
	}
	var people []backend.Person
	for _, w := range words {
		o, ok := r.occupants[w]
		if ok && !slices.Contains(people, o.person) && len(people) < maxMentions {
			people = append(people, o.person)
		}
	}
	return people
}

// words returns what may be nicks in text.
func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r <= ' ' || strings.ContainsRune("@:,.;!?()<>\"'", r) })
}

// recent is which ids a room has given to its last messages. The zero value is empty.
type recent struct {
	order  []string
	toRoom map[string]string // the sender's id to the room's
	toSent map[string]string // and back
}

func (r *recent) note(sent, given string) {
	if sent == "" || given == "" {
		return
	}
	if r.toRoom == nil {
		r.toRoom, r.toSent = map[string]string{}, map[string]string{}
	}
	if _, known := r.toRoom[sent]; known {
		return
	}
	if len(r.order) >= maxRecent {
		oldest := r.order[0]
		delete(r.toSent, r.toRoom[oldest])
		delete(r.toRoom, oldest)
		r.order = append(r.order[:0], r.order[1:]...)
	}
	r.order = append(r.order, sent)
	r.toRoom[sent], r.toSent[given] = given, sent
}
