package backendtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-errbot/errbot/backend"
)

// memory is a chat network in memory that has everything the suite knows of. fault
// names what is wrong with it.
type memory struct {
	fault string
	heard map[string]chan string // by room; private messages under ""
	stop  chan struct{}          // ends what a faulty Run leaves behind

	mu      sync.Mutex
	places  map[any]bool // that arrived with messages
	joined  bool
	topic   string
	sink    backend.Sink // nil without a connection
	cut     chan struct{}
	pending *backend.Message // for faults that need two messages
	missed  []*backend.Message
	seen    // what the person saw beside messages
	ids     int
	full    int // messages to refuse
}

// newMemory returns a network in memory for one test.
func newMemory(t testing.TB, fault string) Network {
	m := &memory{
		fault: fault,
		heard: map[string]chan string{"": make(chan string, 2000), "#ops": make(chan string, 2000), "thread": make(chan string, 10)},
		stop:  make(chan struct{}),

		places: map[any]bool{},
		seen:   newSeen(),
	}
	t.Cleanup(func() { close(m.stop) })
	n := Network{
		Backend:    m,
		Person:     "@alice",
		Room:       "#ops",
		Unknown:    "@nobody",
		Say:        m.say,
		Heard:      m.listen,
		Refused:    &locked{memory: m},
		Echo:       func(text string) { m.deliver(m.message("#ops", text, m.Self(), false)) },
		SayDelayed: func(text string) { m.deliver(m.message("#ops", text, alice(), true)) },
		Cut:        m.cutNow,
	}
	m.gestures(&n)
	return n
}

func alice() backend.Person {
	return backend.Person{ID: "1", Nick: "alice", ACL: "@alice", Address: "@alice"}
}

func ops() backend.Room {
	return backend.Room{ID: "ops", Name: "ops", ACL: "#ops", Address: "#ops"}
}

func (m *memory) Name() string {
	if m.fault == "unconfigurable name" {
		return "In Memory"
	}
	return "memory"
}

func (m *memory) Self() backend.Person {
	if m.fault == "no self" {
		return backend.Person{}
	}
	return backend.Person{ID: "0", Nick: "bot", ACL: "@bot", Address: "@bot"}
}

func (m *memory) Resolve(_ context.Context, address string) (backend.Ref, error) {
	switch {
	case address == "@alice" && m.fault == "addresses of no use":
		return backend.ToPerson(backend.Person{ID: "1", Nick: "alice", ACL: "@alice", Address: "alice"}), nil
	case address == "@bot":
		return backend.ToPerson(m.Self()), nil
	case address == "@alice":
		return backend.ToPerson(alice()), nil
	case address == "#ops":
		return backend.ToRoom(ops()), nil
	case m.fault == "anybody is known" && address != "":
		return backend.ToPerson(backend.Person{ID: address, Nick: address, ACL: address, Address: address}), nil
	}
	return backend.Ref{}, fmt.Errorf("memory: %w: %q", backend.ErrUnknown, address)
}

func (m *memory) Run(ctx context.Context, events backend.Sink) error {
	cut := make(chan struct{})
	m.connected(events, cut)
	defer m.connected(nil, nil)
	events.Connected()
	if m.fault == "connects twice" {
		events.Connected()
	}
	if m.fault == "goroutine left" {
		go func() { <-m.stop }()
	}
	m.catchUp()
	select {
	case <-ctx.Done():
		if m.fault == "an error on cancel" {
			return ctx.Err()
		}
		return nil
	case <-cut:
		switch {
		case m.fault == "a cut is the end":
			return backend.ErrEnd
		case m.fault == "an early cut is a refusal" && m.ids == 0:
			return backend.ErrRefused
		}
		return errors.New("memory: connection lost")
	}
}

func (m *memory) connected(events backend.Sink, cut chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sink, m.cut = events, cut
}

func (m *memory) cutNow() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cut != nil {
		close(m.cut)
		m.cut = nil
	}
}

// catchUp delivers what was said without a connection.
func (m *memory) catchUp() {
	m.mu.Lock()
	missed := m.missed
	m.missed = nil
	m.mu.Unlock()
	for _, msg := range missed {
		m.deliver(msg)
	}
}

func (m *memory) say(room, text string) { m.deliver(m.message(room, text, alice(), false)) }

func (m *memory) message(room, text string, from backend.Person, delayed bool) *backend.Message {
	msg := &backend.Message{Ref: backend.ToPerson(from), From: from, Body: text}
	if room != "" {
		msg.Ref = backend.ToRoom(ops())
	}
	msg.ID = m.newID()
	msg.Delayed = delayed && m.fault != "delay unmarked"
	switch m.fault {
	case "another name in rooms":
		if room != "" {
			msg.From.ACL = "#ops/alice"
		}
	case "no sender":
		msg.From = backend.Person{}
	case "rooms are private":
		msg.Ref = backend.ToPerson(from)
	case "ASCII only":
		msg.Body = strings.ToValidUTF8(strings.Map(func(r rune) rune {
			if r > 127 {
				return '?'
			}
			return r
		}, text), "?")
	}
	return msg
}

func (m *memory) deliver(msg *backend.Message) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.places[msg.Person], m.places[msg.Room] = true, true
	if m.sink == nil && m.fault != "gaps stay" {
		m.missed = append(m.missed, msg)
	}
	if m.fault == "overrun" && msg.Body == "message 900" {
		return
	}
	if m.sink == nil || msg.From.ID == m.Self().ID && m.fault != "echoes pass" && m.fault != "no self" {
		return
	}
	if m.fault == "order of what is said" && strings.HasPrefix(msg.Body, "number") {
		if m.pending == nil {
			m.pending = msg
			return
		}
		m.sink.Receive(msg)
		msg, m.pending = m.pending, nil
	}
	m.sink.Receive(msg)
}

func (m *memory) Send(ctx context.Context, msg *backend.Message) (backend.Ref, error) {
	if err := ctx.Err(); err != nil && m.fault != "context ignored" {
		return backend.Ref{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.sink == nil {
		if m.fault == "final without a connection" {
			return backend.Ref{}, errors.New("memory: not connected")
		}
		return backend.Ref{}, &backend.RetryableError{Err: errors.New("memory: not connected"), After: time.Second}
	}
	if m.fault == "places by identity" && !m.places[msg.Person] {
		return backend.Ref{}, fmt.Errorf("memory: %w", backend.ErrUnknown)
	}
	room, sent := "", msg.Ref
	switch {
	case msg.Room != nil:
		room = msg.Room.Address
	case msg.Person == nil:
		return backend.Ref{}, fmt.Errorf("memory: %w", backend.ErrUnknown)
	}
	if m.full > 0 {
		m.full--
		if m.fault == "hammers" {
			return backend.Ref{}, &backend.RetryableError{Err: errors.New("memory: slower")}
		}
		return backend.Ref{}, &backend.RetryableError{Err: errors.New("memory: slower"), After: time.Millisecond}
	}
	sent.ID = m.newIDLocked()
	body := msg.Body
	if msg.Thread != "" && m.fault != "threads are nothing" {
		room = "thread"
	}
	m.tell(msg)
	switch m.fault {
	case "longer is cut":
		body = body[:min(len(body), 1000)]
	case "plain is markup":
		body = strings.NewReplacer("*", "", "_", "").Replace(body)
	case "first line only":
		body, _, _ = strings.Cut(body, "\n")
	case "private answers in the room":
		room = "#ops"
	case "nowhere":
		sent = backend.Ref{}
	case "message changed":
		msg.Body = ""
	case "lost when busy":
		if strings.HasPrefix(body, "3 of") {
			return sent, nil
		}
	case "order of what is sent":
		if body == "number 7" {
			body = "number 8"
		}
	}
	m.heard[room] <- body
	return sent, nil
}

func (m *memory) listen(ctx context.Context, room string) (string, error) {
	select {
	case text := <-m.heard[room]:
		return text, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
