package slack

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// envelope is what Slack sends through a websocket.
type envelope struct {
	ID      string          `json:"envelope_id"`
	Type    string          `json:"type"`
	Reason  string          `json:"reason"` // of a disconnect
	Payload json.RawMessage `json:"payload"`
}

// ack tells Slack that an envelope has arrived.
type ack struct {
	ID string `json:"envelope_id"`
}

// callback is the payload of an envelope with an event.
type callback struct {
	EventID string          `json:"event_id"`
	Event   json.RawMessage `json:"event"`
}

// message is what the package reads of an event of a message, and of a message in the
// history. The module's own type reads every event twice, and fails on blocks that it does
// not expect.
type message struct {
	Type        string          `json:"type"`
	SubType     string          `json:"subtype"`
	Channel     string          `json:"channel"`
	User        string          `json:"user"`
	BotID       string          `json:"bot_id"`
	Text        string          `json:"text"`
	TS          string          `json:"ts"`
	Thread      string          `json:"thread_ts"`
	EventTS     string          `json:"event_ts"`
	Topic       string          `json:"topic"`
	Files       []file          `json:"files"`
	Attachments json.RawMessage `json:"attachments"`
	Metadata    metadata        `json:"metadata"`
	Message     *message        `json:"message"`          // of a change: as it is now
	Previous    *message        `json:"previous_message"` // and as it was
}

// metadata is what the bot has put into its own messages.
type metadata struct {
	Type    string `json:"event_type"`
	Payload struct {
		ID any `json:"id"`
	} `json:"event_payload"`
}

// file is a file in a message.
type file struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Type string `json:"mimetype"`
	Size *int64 `json:"size"`
	URL  string `json:"url_private"`
}

// timeOf returns the time of a message by its ID, "1355517523.000005"; zero when it has none.
func timeOf(ts string) time.Time {
	seconds, fraction, _ := strings.Cut(ts, ".")
	s, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || s <= 0 || s > 1<<40 {
		return time.Time{}
	}
	micros, err := strconv.ParseInt((fraction + "000000")[:6], 10, 64)
	if err != nil || micros < 0 {
		micros = 0
	}
	return time.Unix(s, micros*1000)
}

// tsOf returns a time in the form of messages' IDs.
func tsOf(t time.Time) string {
	return strconv.FormatInt(t.Unix(), 10) + "." + (strconv.Itoa(1_000_000 + t.Nanosecond()/1000))[1:]
}

// seen remembers the latest of what has been dealt with.
type seen struct {
	known map[string]bool
	order []string // a ring
	next  int
}

// remembered is how many events are known again.
const remembered = 10_000

func newSeen() *seen {
	return &seen{known: make(map[string]bool, remembered), order: make([]string, remembered)}
}

func (s *seen) has(key string) bool { return s.known[key] }

func (s *seen) add(key string) {
	if s.known[key] {
		return
	}
	delete(s.known, s.order[s.next])
	s.known[key], s.order[s.next] = true, key
	s.next = (s.next + 1) % remembered
}
