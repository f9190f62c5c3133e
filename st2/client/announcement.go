package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// AnnouncementPrefix begins the name of an announcement's event; the route follows.
const AnnouncementPrefix = "st2.announcement__"

// Announcement is a message for chat.
type Announcement struct {
	Route   string
	User    string
	Channel string
	Message string
	Whisper bool
	// Context is the source context of the command ([AliasRequest]), nil when there is none.
	Context json.RawMessage
	// Extra says how to show the message, nil when there is none.
	Extra json.RawMessage
	// Status is that of the execution whose result this is. No announcement tells it: it is
	// empty unless who knows the execution has filled it in.
	Status Status
}

// DecodeAnnouncement reads the event of an announcement. The payload of
// chatops.post_message has all fields, null where not given. Any other announcing
// action may leave out any of them, and that of core.announcement has only a message
// that is an object: where that object has a message of its own, the fields are taken
// from it, otherwise its JSON text is the message.
func DecodeAnnouncement(e Event) (Announcement, error) {
	route, ok := strings.CutPrefix(e.Name, AnnouncementPrefix)
	if !ok {
		return Announcement{}, fmt.Errorf("%q is not an announcement", printable(e.Name, 100))
	}
	var data struct {
		Payload json.RawMessage `json:"payload"`
	}
	if err := json.Unmarshal(e.Data, &data); err != nil {
		return Announcement{}, fmt.Errorf("announcement: %w", err)
	}
	return decodePayload(route, data.Payload)
}

// Announcement returns what an execution of an announcing action has announced, the
// same that the stream delivered. The execution must have been asked for with its
// parameters, action, runner and result.
func (e *Execution) Announcement() (Announcement, error) {
	if e.Runner.Name != "announcement" && e.Action.Runner != "announcement" {
		return Announcement{}, fmt.Errorf("execution %s announces nothing", printable(e.ID, 40))
	}
	return decodePayload(e.route(), object(e.Result)["output"])
}

// Announcing returns what an execution of an announcing action that still runs announces: its
// event comes before its end.
func (e *Execution) Announcing() (Announcement, error) { return decodePayload(e.route(), e.Parameters) }

// AnnouncementRoute returns the route on which an execution of an announcing action announces.
// The execution must have been asked for with its parameters, action and runner.
func (e *Execution) AnnouncementRoute() string { return e.route() }

// route finds the route as the server does: a parameter, or the action's default for
// it, or the runner's.
func (e *Execution) route() string {
	if route := str(object(e.Parameters)["route"]); route != "" {
		return route
	}
	for _, schema := range []json.RawMessage{e.Action.Parameters, e.Runner.Parameters} {
		if route := str(object(object(schema)["route"])["default"]); route != "" {
			return route
		}
	}
	return "general"
}

func decodePayload(route string, payload json.RawMessage) (Announcement, error) {
	fields := object(payload)
	if fields == nil {
		return Announcement{}, errors.New("announcement: the payload is not an object")
	}
	if inner := object(fields["message"]); str(inner["message"]) != "" {
		fields = inner
	}
	return Announcement{
		Route:   route,
		User:    text(fields["user"]),
		Channel: text(fields["channel"]),
		Message: text(fields["message"]),
		Whisper: truth(fields["whisper"]),
		Context: notNull(fields["context"]),
		Extra:   notNull(fields["extra"]),
	}, nil
}

// text returns a string's text, nothing for null, and the JSON of anything else.
func text(data json.RawMessage) string {
	if data = notNull(data); data == nil {
		return ""
	}
	var s string
	if json.Unmarshal(data, &s) == nil {
		return s
	}
	var compact bytes.Buffer
	if json.Compact(&compact, data) != nil {
		return ""
	}
	return compact.String()
}

// truth reads a boolean, also one that was written as text. What is neither yes nor no
// counts as yes: a message meant for one person must not reach a room.
func truth(data json.RawMessage) bool {
	switch strings.ToLower(strings.TrimSpace(text(data))) {
	case "", "false", "0", "no", "n", "off", "none":
		return false
	}
	return true
}

func notNull(data json.RawMessage) json.RawMessage {
	if len(data) == 0 || string(data) == "null" {
		return nil
	}
	return data
}
