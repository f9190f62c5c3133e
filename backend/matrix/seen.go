package matrix

import "maunium.net/go/mautrix/id"

// remembered is how many events are known by their IDs: what is read twice after a lost
// connection is passed on once. It must be more than one answer of the server can hold.
const remembered = 20_000

// seen knows which events have been dealt with. It is for the goroutine of Run alone, and
// lives as long as the backend.
type seen struct {
	ids  map[id.EventID]bool
	ring []id.EventID // the keys of ids, oldest first from next on
	next int
}

func newSeen() *seen {
	return &seen{ids: map[id.EventID]bool{}, ring: make([]id.EventID, remembered)}
}

func (s *seen) has(event id.EventID) bool { return s.ids[event] }

func (s *seen) add(event id.EventID) {
	if s.ids[event] {
		return
	}
	delete(s.ids, s.ring[s.next])
	s.ring[s.next], s.ids[event] = event, true
	s.next = (s.next + 1) % remembered
}
