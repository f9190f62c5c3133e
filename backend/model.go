package backend

import (
	"strings"
	"time"
)

// Person is somebody on a chat network, or the bot itself. It is plain data: two
// values with the same ID are the same person.
type Person struct {
	ID       string `json:"id"`                  // stable and unique on the network
	Nick     string `json:"nick,omitempty"`      // short name, as others see it
	FullName string `json:"full_name,omitempty"` // empty when the network does not tell
	Email    string `json:"email,omitempty"`     // empty when the network does not tell
	Client   string `json:"client,omitempty"`    // device or resource, where the network has them
	ACL      string `json:"acl,omitempty"`       // what users in access rules are matched against
	Address  string `json:"address,omitempty"`   // [Backend.Resolve] turns it back into this person
}

// String returns the person's address.
func (p Person) String() string { return p.Address }

// Room is a place with several people: a channel, a group, a conference.
type Room struct {
	ID      string `json:"id"`                // stable and unique on the network
	Name    string `json:"name,omitempty"`    // as people see it
	ACL     string `json:"acl,omitempty"`     // what rooms in access rules are matched against
	Address string `json:"address,omitempty"` // [Backend.Resolve] turns it back into this room
}

// String returns the room's address.
func (r Room) String() string { return r.Address }

// Ref says where a message is, or where it should go: in a room, or in private with
// a person, and in which thread. It survives a round trip through JSON, so that an
// answer finds its place after a restart.
type Ref struct {
	Room   *Room   `json:"room,omitempty"`   // nil in a private conversation
	Person *Person `json:"person,omitempty"` // the other side of a private conversation
	Thread string  `json:"thread,omitempty"` // id of the thread; empty outside threads
	ID     string  `json:"id,omitempty"`     // id of the message; empty when it has none (yet)
}

// ToPerson returns the Ref of the private conversation with p.
func ToPerson(p Person) Ref { return Ref{Person: &p} }

// ToRoom returns the Ref of r, outside any thread.
func ToRoom(r Room) Ref { return Ref{Room: &r} }

// IsRoom reports whether r is in a room.
func (r Ref) IsRoom() bool { return r.Room != nil }

// IsPrivate reports whether r is in a private conversation.
func (r Ref) IsPrivate() bool { return r.Room == nil && r.Person != nil }

// IsZero reports whether r names no place at all.
func (r Ref) IsZero() bool { return r.Room == nil && r.Person == nil }

// Place identifies the room or the private conversation, whatever the thread: what
// goes to one Place is delivered in order.
func (r Ref) Place() Place {
	switch {
	case r.Room != nil:
		return Place{Room: true, ID: r.Room.ID}
	case r.Person != nil:
		return Place{ID: r.Person.ID}
	default:
		return Place{}
	}
}

// Place is a room or a private conversation; it can be a map's key.
type Place struct {
	Room bool
	ID   string
}

// String returns the address of the room or person, for logs and messages.
func (r Ref) String() string {
	switch {
	case r.Room != nil:
		return r.Room.Address
	case r.Person != nil:
		return r.Person.Address
	default:
		return "nowhere"
	}
}

// Message is what somebody said, or what the bot is to say.
//
// For a message from the network, Ref is where it was said and From who said it. For
// one to the network, Ref is where it goes; From is left empty.
type Message struct {
	Ref
	From     Person // has an ID; the host ignores what nobody said
	Body     string // Markdown, unless Plain
	Plain    bool   // show Body exactly as it is: nothing in it is markup or a mention
	Mentions []Person
	Files    []File
	Delayed  bool // said while the bot was away and delivered now: not acted upon
	Edited   bool // replaces an earlier message with the same Ref.ID
	Partial  bool // one part of a longer text that the host has split

	// Groups are those that From is in, as users in access rules may name them beside
	// people, where the network has groups or roles: "group:oncall". No person's ACL
	// looks like one.
	Groups []string

	// Extras is the network's own data, for plugins that know the network; in a message
	// to the network, under the keys that [ExtrasSender] names.
	Extras map[string]any

	// Done, where the backend sets it, is called exactly once when everything the
	// message started has ended and its answers are sent, also when it started
	// nothing. It must not block.
	Done func()
}

// isEvent makes *Message an [Event].
func (*Message) isEvent() {}

// File is a file that came or goes with a message.
type File struct {
	Name string
	Type string // media type; empty when unknown
	Size int64  // bytes; negative when unknown
	URL  string // where the network keeps it
}

// Card is a structured message. Backends without cards of their own are sent
// [Card.Markdown] instead.
type Card struct {
	Summary   string
	Title     string
	Link      string // target of the title
	Image     string // URL
	Thumbnail string // URL
	Color     string // name or #rrggbb
	Body      string // Markdown
	Fields    []Field
}

// Field is a labelled value on a card.
type Field struct {
	Name  string
	Value string
}

// Markdown returns the card as text, for networks that have no cards.
func (c Card) Markdown() string {
	var parts []string
	add := func(text string) {
		if text != "" {
			parts = append(parts, text)
		}
	}
	if c.Summary != "" {
		add("**" + c.Summary + "**")
	}
	switch {
	case c.Title != "" && c.Link != "":
		add("## [" + c.Title + "](" + c.Link + ")")
	case c.Title != "":
		add("## " + c.Title)
	default:
		add(c.Link)
	}
	add(c.Thumbnail)
	add(c.Image)
	add(c.Body)
	var fields []string
	for _, f := range c.Fields {
		fields = append(fields, "- **"+f.Name+"**: "+f.Value)
	}
	add(strings.Join(fields, "\n"))
	return strings.Join(parts, "\n\n")
}

// Event is something that a network tells: a *[Message], a [Presence], a [Reaction]
// or a [RoomChange].
type Event interface{ isEvent() }

// Presence tells that somebody came, went or changed their status.
type Presence struct {
	Person Person
	Status string // "online", "offline", "away", "dnd", or the network's own
	Note   string // what the person wrote beside it
}

func (Presence) isEvent() {}

// Reaction tells that somebody put a reaction on a message, or took it away.
type Reaction struct {
	By      Person
	To      Ref    // the message
	Name    string // without colons
	Removed bool
	At      time.Time
}

func (Reaction) isEvent() {}

// RoomChange tells that a room changed.
type RoomChange struct {
	Room   Room
	Kind   RoomChangeKind
	Person Person // who joined or left; the bot itself included
	By     Person // who invited, kicked or set the topic; zero when unknown
	Topic  string // the new topic, for TopicChanged
}

func (RoomChange) isEvent() {}

// RoomChangeKind is what happened to a room.
type RoomChangeKind int

// What can happen to a room.
const (
	Joined RoomChangeKind = iota + 1
	Left
	TopicChanged
)

// Sent tells that the bot itself said something. The host makes it, for plugins that
// follow a conversation; backends do not.
type Sent struct{ Message *Message }

func (Sent) isEvent() {}
