package xmpp

import (
	"net/url"
	"strings"

	"github.com/go-errbot/errbot/backend"
)

// entry is what a presence in a room changes.
type entry struct {
	before, now occupant
	was         bool // the person was there before
	joined      bool // the bot was there before
	itself      bool // it is the bot
}

// enters notes that somebody is in a room.
func (s *state) enters(address, nick string, x *roomExt, show shown) entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[address]
	if r == nil {
		return entry{}
	}
	e := entry{joined: r.joined, itself: x.has(statusSelf) || r.joined && nick == r.nick}
	if e.itself {
		r.nick, r.joined = nick, true
	}
	e.before, e.was = r.occupants[nick]
	e.now = occupant{person: r.person(nick, x.item().JID, bare(s.address)), shown: show}
	if e.was || len(r.occupants) < maxOccupants {
		r.occupants[nick] = e.now
	}
	return e
}

// leaves notes that somebody is in a room no more.
func (s *state) leaves(address, nick string) (who backend.Person, was, itself bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[address]
	if r == nil {
		return backend.Person{}, false, false
	}
	o, was := r.occupants[nick]
	delete(r.occupants, nick)
	itself = r.joined && nick == r.nick
	if itself {
		r.reset()
	}
	return o.person, was, itself
}

// renamed notes that somebody in a room has another nick.
func (s *state) renamed(address, from, to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[address]
	if r == nil {
		return
	}
	o, was := r.occupants[from]
	if !was || to == "" {
		return
	}
	delete(r.occupants, from)
	if from == r.nick {
		r.nick = to
	}
	if inRoom := address + "/" + to; o.person.ID == address+"/"+from {
		o.person = backend.Person{ID: inRoom, ACL: inRoom, Address: inRoom}
	}
	o.person.Nick = to
	r.occupants[to] = o
}

// isKnown reports whether the bot is in a room, or wants to be.
func (s *state) isKnown(address string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rooms[address] != nil
}

// subject notes the topic of a room, and reports whether it is a new one.
func (s *state) subject(address, topic string) (changed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[address]
	if r == nil {
		return false
	}
	known := isClosed(r.topical)
	if !known {
		close(r.topical)
	}
	changed = known && r.topic != topic
	r.topic = topic
	return changed
}

// topicOf returns the topic of a room, and what is closed when it is known.
func (s *state) topicOf(address string) (topic string, known <-chan struct{}, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[address]
	if r == nil || !r.joined {
		return "", nil, errNotIn
	}
	return r.topic, r.topical, nil
}

// noteIDs notes which id a room has given to a message.
func (s *state) noteIDs(address string, m *message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, given := range m.StanzaIDs {
		if r := s.rooms[address]; r != nil && given.By == address && len(m.ID)+len(given.ID) <= maxID {
			r.recent.note(m.ID, given.ID)
		}
	}
}

// givenID returns the id that a room knows a message by, and sentID the one that its sender
// gave it. What is not known stays.
func (s *state) givenID(address, sent string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.rooms[address]; r != nil && r.recent.toRoom[sent] != "" {
		return r.recent.toRoom[sent]
	}
	return sent
}

func (s *state) sentID(address, given string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.rooms[address]; r != nil && r.recent.toSent[given] != "" {
		return r.recent.toSent[given]
	}
	return given
}

// nickIn returns the nick in a room of whom an address, as it stands in a URI, names.
func (s *state) nickIn(address, uri string) string {
	uri, _, _ = strings.Cut(uri, "?")
	who, err := url.PathUnescape(uri)
	if err != nil {
		return ""
	}
	if bare(who) == address {
		return resourceOf(who)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.rooms[address]; r != nil {
		for nick, o := range r.occupants {
			if o.person.ID == bare(who) {
				return nick
			}
		}
	}
	return ""
}
