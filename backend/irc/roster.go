package irc

import (
	"maps"
	"slices"

	"github.com/lrstanley/girc"
)

// maxMentions bounds how many people one message can mention.
const maxMentions = 100

// room is one that the bot is in, or wants to be in. It is guarded by the state's mutex.
type room struct {
	name, key string
	joined    bool
	settled   chan struct{}          // closed when it is known whether the bot got in
	members   map[string]girc.Source // by folded nick; without user and host until they are known
}

// reset takes the bot out of the room, until an attempt to join it has ended.
func (r *room) reset() {
	r.joined, r.members = false, map[string]girc.Source{}
	select {
	case <-r.settled:
		r.settled = make(chan struct{})
	default:
	}
}

// settle ends an attempt to join.
func (r *room) settle() {
	select {
	case <-r.settled:
	default:
		close(r.settled)
	}
}

// want notes that the bot is to be in the room called name.
func (s *state) want(name, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.support.casemap.fold(name)
	if r := s.rooms[id]; r != nil {
		r.key = key
		return
	}
	s.rooms[id] = &room{name: id, key: key, settled: make(chan struct{}), members: map[string]girc.Source{}}
}

// forget notes that the bot is not to be in the room called name.
func (s *state) forget(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.support.casemap.fold(name)
	if r := s.rooms[id]; r != nil {
		r.settle()
		delete(s.rooms, id)
	}
}

// failed notes that an attempt to join did not succeed.
func (s *state) failed(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.rooms[s.support.casemap.fold(name)]; r != nil {
		r.settle()
	}
}

// wantedRooms returns names and keys.
func (s *state) wantedRooms() [][2]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all [][2]string
	for _, id := range slices.Sorted(maps.Keys(s.rooms)) {
		all = append(all, [2]string{s.rooms[id].name, s.rooms[id].key})
	}
	return all
}

// joinedRooms returns the names of the rooms that the bot is in.
func (s *state) joinedRooms() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for id, r := range s.rooms {
		if r.joined {
			names = append(names, id)
		}
	}
	slices.Sort(names)
	return names
}

// isIn reports whether the bot is in the room, and otherwise returns what is closed when an
// attempt to join it has ended; nil when it does not want to be in it.
func (s *state) isIn(name string) (in bool, settled <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[s.support.casemap.fold(name)]
	if r == nil {
		return false, nil
	}
	return r.joined, r.settled
}

// entered notes that somebody is in the room.
func (s *state) entered(name string, who girc.Source) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fold := s.support.casemap.fold
	id, nick := fold(name), fold(who.Name)
	r := s.rooms[id]
	if nick == fold(s.self.Name) {
		s.self = who
		if r == nil { // the network moved the bot there
			r = &room{name: id, settled: make(chan struct{}), members: map[string]girc.Source{}}
			s.rooms[id] = r
		}
		r.joined = true
		r.settle()
	}
	if r != nil {
		r.members[nick] = who
	}
	s.splits.back(nick)
}

// left notes that nick is not in the room any more.
func (s *state) left(name, nick string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fold := s.support.casemap.fold
	r := s.rooms[fold(name)]
	switch {
	case r == nil:
	case fold(nick) == fold(s.self.Name):
		r.reset()
	default:
		delete(r.members, fold(nick))
	}
}

// gone notes that nick has left the network and returns the rooms they were in.
func (s *state) gone(nick, reason string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.support.casemap.fold(nick)
	var names []string
	for name, r := range s.rooms {
		if _, ok := r.members[id]; ok {
			delete(r.members, id)
			names = append(names, name)
		}
	}
	if isNetsplit(reason) {
		s.splits.add(id)
	}
	slices.Sort(names)
	return names
}

// renamed notes that somebody has another nick.
func (s *state) renamed(from, to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fold := s.support.casemap.fold
	for _, r := range s.rooms {
		if who, ok := r.members[fold(from)]; ok {
			delete(r.members, fold(from))
			who.Name = to
			r.members[fold(to)] = who
		}
	}
	if fold(from) == fold(s.self.Name) {
		s.self.Name = to
	}
}

// listed notes the people that RPL_NAMREPLY or RPL_WHOREPLY tells of.
func (s *state) listed(name string, people ...girc.Source) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fold := s.support.casemap.fold
	r := s.rooms[fold(name)]
	if r == nil {
		return
	}
	for _, who := range people {
		if _, known := r.members[fold(who.Name)]; !known || who.IsHostmask() {
			r.members[fold(who.Name)] = who
		}
	}
}

// moved notes that somebody has another user and host.
func (s *state) moved(nick, user, host string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.support.casemap.fold(nick)
	for _, r := range s.rooms {
		if who, ok := r.members[id]; ok {
			r.members[id] = girc.Source{Name: who.Name, Ident: user, Host: host}
		}
	}
}

// membersAmong returns the people in the room whom words name.
func (s *state) membersAmong(name string, words []string) []girc.Source {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[s.support.casemap.fold(name)]
	if r == nil {
		return nil
	}
	var people []girc.Source
	for _, w := range words {
		who, ok := r.members[s.support.casemap.fold(w)]
		if ok && who.IsHostmask() && !slices.Contains(people, who) && len(people) < maxMentions {
			people = append(people, who)
		}
	}
	return people
}
