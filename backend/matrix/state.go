package matrix

import (
	"maps"
	"slices"
	"sync"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// roomLimit is how many rooms the bot is in at most; it follows no invitation beyond that.
const roomLimit = 10_000

// rooms is what the server has told about the rooms that the bot is in.
type rooms struct {
	mu     sync.Mutex
	byID   map[id.RoomID]*room
	direct event.DirectChatsEventContent // as the account has it on the server

	// invited are the rooms into which the bot is asked and is not yet, with what is told
	// of them.
	invited map[id.RoomID][]*event.Event
}

// room is one of them.
type room struct {
	name      string
	alias     id.RoomAlias // which the room says it has
	checked   bool         // that the alias leads here
	doubted   time.Time    // when it did not
	topic     string
	encrypted bool
	members   []id.UserID // in it or invited; nil when not known
	settled   bool        // what was said before the bot came has been left out
	told      bool        // that the bot cannot read what is said here
}

func newRooms() *rooms {
	return &rooms{byID: map[id.RoomID]*room{}, invited: map[id.RoomID][]*event.Event{}}
}

// invite notes that the bot is asked into a room.
func (r *rooms) invite(id id.RoomID, state []*event.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.invited) < waitingLimit {
		r.invited[id] = state
	}
}

// answered notes that an invitation is dealt with.
func (r *rooms) answered(id id.RoomID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.invited, id)
}

// invitations returns those that are not dealt with.
func (r *rooms) invitations() map[id.RoomID][]*event.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.invited)
}

// get returns what is known of a room.
func (r *rooms) get(id id.RoomID) (room, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known := r.byID[id]; known != nil {
		return *known, true
	}
	return room{}, false
}

// enter notes that the bot is in a room, and reports whether that is new.
func (r *rooms) enter(id id.RoomID) (isNew bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byID[id] == nil {
		r.byID[id] = &room{}
	}
	return !r.byID[id].settled
}

func (r *rooms) leave(id id.RoomID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.byID, id)
}

func (r *rooms) full() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.byID) >= roomLimit
}

// change alters what is known of a room; one that is not known stays so.
func (r *rooms) change(id id.RoomID, how func(known *room)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known := r.byID[id]; known != nil {
		how(known)
	}
}

// setDirect takes over which conversations the account calls private.
func (r *rooms) setDirect(direct event.DirectChatsEventContent) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.direct = direct
}

// addDirect adds a private conversation, and returns all of them.
func (r *rooms) addDirect(with id.UserID, room id.RoomID) event.DirectChatsEventContent {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := event.DirectChatsEventContent{}
	for user, list := range r.direct {
		all[user] = slices.Clone(list)
	}
	if !slices.Contains(all[with], room) {
		all[with] = append(all[with], room)
	}
	r.direct = all
	return all
}

// directWith returns whose private conversation a room is; "" when it is none.
func (r *rooms) directWith(room id.RoomID) id.UserID {
	r.mu.Lock()
	defer r.mu.Unlock()
	for user, list := range r.direct {
		if slices.Contains(list, room) {
			return user
		}
	}
	return ""
}

// directRooms returns the private conversations with somebody, the newest last.
func (r *rooms) directRooms(with id.UserID) []id.RoomID {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.direct[with])
}

// takeState notes what state events say about a room.
func (b *Backend) takeState(room id.RoomID, events []*event.Event) {
	for _, e := range events {
		if e.StateKey != nil && parse(e) == nil {
			b.noteState(room, e)
		}
	}
}

// noteState is takeState for one parsed event.
func (b *Backend) noteState(where id.RoomID, e *event.Event) {
	switch content := e.Content.Parsed.(type) {
	case *event.CanonicalAliasEventContent:
		b.rooms.change(where, func(r *room) { r.alias, r.checked, r.doubted = content.Alias, false, time.Time{} })
	case *event.RoomNameEventContent:
		b.rooms.change(where, func(r *room) { r.name = content.Name })
	case *event.TopicEventContent:
		b.rooms.change(where, func(r *room) { r.topic = content.Topic })
	case *event.EncryptionEventContent:
		b.rooms.change(where, func(r *room) { r.encrypted = true })
	case *event.MemberEventContent:
		b.rooms.change(where, func(r *room) { r.members = nil })
		if who := e.GetStateKey(); content.Membership == event.MembershipJoin {
			b.people.put(who, content.Displayname)
		}
	}
}

// parse reads an event's content.
func parse(e *event.Event) error {
	e.Type.Class = event.MessageEventType
	if e.StateKey != nil {
		e.Type.Class = event.StateEventType
	}
	if e.Content.Parsed != nil {
		return nil
	}
	return e.Content.ParseRaw(e.Type)
}
