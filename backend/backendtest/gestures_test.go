package backendtest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/go-errbot/errbot/backend"
)

// What the network in memory has beside messages.
var (
	_ backend.Editor         = (*memory)(nil)
	_ backend.Reactor        = (*memory)(nil)
	_ backend.PresenceSetter = (*memory)(nil)
	_ backend.FileSender     = (*memory)(nil)
	_ backend.FileOpener     = (*memory)(nil)
	_ backend.CardSender     = (*memory)(nil)
	_ backend.Mentioner      = (*memory)(nil)
)

// seen is what the person sees of the bot beside messages.
type seen struct {
	calls     chan call
	changes   chan string
	files     chan *backend.Upload
	reactions chan backend.Reaction
	statuses  chan string
	cards     chan backend.Card
	invited   chan string
	on        map[string]bool // reactions
}

type call struct {
	text      string
	mentioned bool
}

func newSeen() seen {
	return seen{
		calls: make(chan call, 1000), changes: make(chan string, 10), files: make(chan *backend.Upload, 10),
		reactions: make(chan backend.Reaction, 10), statuses: make(chan string, 10),
		cards: make(chan backend.Card, 10), invited: make(chan string, 10), on: map[string]bool{},
	}
}

// locked is the network with a password that is wrong.
type locked struct{ *memory }

func (l *locked) Run(_ context.Context, events backend.Sink) error {
	switch l.fault {
	case "refusal is a fault":
		return errors.New("memory: wrong password")
	case "connected, then refused":
		events.Connected()
	}
	return backend.ErrRefused
}

// gestures gives n what the person does beside talking.
func (m *memory) gestures(n *Network) {
	n.Throttle = func() { m.full = 2 }
	n.Change = m.change
	n.HeardChange = func(ctx context.Context) (string, error) { return take(ctx, m.changes) }
	n.Answer = m.answer
	n.HeardAnswer = func(ctx context.Context, _ backend.Ref) (string, error) { return take(ctx, m.heard["thread"]) }
	n.Call = m.call
	n.HeardCall = func(ctx context.Context) (string, bool, error) {
		c, err := take(ctx, m.calls)
		return c.text, c.mentioned, err
	}
	n.SayFile = m.sayFile
	n.HeardFile = func(ctx context.Context) (string, []byte, error) {
		f, err := take(ctx, m.files)
		if err != nil {
			return "", nil, err
		}
		return f.Name, f.Content, nil
	}
	n.React = func(to backend.Ref, name string, remove bool) {
		m.event("reactions pass", backend.Reaction{By: alice(), To: to, Name: name, Removed: remove})
	}
	n.HeardReaction = func(ctx context.Context) (string, bool, error) {
		r, err := take(ctx, m.reactions)
		return r.Name, r.Removed, err
	}
	n.Appear = func(status string) { m.event("nobody appears", backend.Presence{Person: alice(), Status: status}) }
	n.SeenAs = func(ctx context.Context, status string) error { return m.seenAs(ctx, status) }
	n.Walk = func(in bool) {
		kind := map[bool]backend.RoomChangeKind{false: backend.Left, true: backend.Joined}[in]
		m.event("nobody leaves", backend.RoomChange{Room: ops(), Kind: kind, Person: alice()})
	}
	n.Empty = "#ops"
	n.Invited = func(ctx context.Context) error {
		_, err := take(ctx, m.invited)
		return err
	}
	n.HeardCard = func(ctx context.Context) (backend.Card, error) { return take(ctx, m.cards) }
}

func take[T any](ctx context.Context, from <-chan T) (T, error) {
	select {
	case v := <-from:
		return v, nil
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

func (m *memory) newID() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.newIDLocked()
}

func (m *memory) newIDLocked() string {
	m.ids++
	return strconv.Itoa(m.ids)
}

// event delivers e, unless fault is what is wrong.
func (m *memory) event(fault string, e backend.Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fault != fault {
		m.sink.Receive(e)
	}
}

func (m *memory) change(text string) {
	msg := m.message("#ops", text, alice(), false)
	msg.ID, msg.Edited = strconv.Itoa(m.ids-1), m.fault != "changes are new"
	m.deliver(msg)
}

func (m *memory) answer(to backend.Ref, text string) {
	msg := m.message("#ops", text, alice(), false)
	if m.fault != "threads are forgotten" {
		msg.Thread = to.ID
	}
	m.deliver(msg)
}

func (m *memory) call(text string) {
	msg := m.message("#ops", "@bot "+text, alice(), false)
	if m.fault != "mentions are text" {
		msg.Mentions = []backend.Person{m.Self()}
	}
	m.deliver(msg)
}

// tell lets the person see whether msg is for them.
func (m *memory) tell(msg *backend.Message) {
	mentioned := !msg.Plain && strings.Contains(msg.Body, "<@1>") && m.fault != "mentions nobody"
	if m.fault == "typed text mentions" {
		mentioned = strings.Contains(msg.Body, "<@1>")
	}
	m.calls <- call{msg.Body, mentioned}
}

func (m *memory) Mention(p backend.Person) string { return "<@" + p.ID + "> " }

func (m *memory) sayFile(name string, content []byte) {
	msg := m.message("#ops", "", alice(), false)
	msg.Files = []backend.File{{Name: name, Size: int64(len(content)), URL: string(content)}}
	m.deliver(msg)
}

func (m *memory) OpenFile(_ context.Context, f backend.File) (io.ReadCloser, error) {
	content := []byte(f.URL)
	if m.fault == "files are text" {
		content = bytes.ToValidUTF8(content, []byte("?"))
	}
	return io.NopCloser(bytes.NewReader(content)), nil
}

func (m *memory) SendFile(ctx context.Context, f *backend.Upload, msg *backend.Message) (backend.Ref, error) {
	if m.fault != "files are dropped" {
		m.files <- f
	}
	return m.Send(ctx, msg)
}

func (m *memory) Edit(_ context.Context, msg *backend.Message) error {
	if m.fault != "edits are dropped" {
		m.changes <- msg.Body
	}
	return nil
}

func (m *memory) React(_ context.Context, to backend.Ref, name string) error {
	return m.mark(to, name, false)
}

func (m *memory) Unreact(_ context.Context, to backend.Ref, name string) error {
	return m.mark(to, name, true)
}

func (m *memory) mark(to backend.Ref, name string, remove bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.on[to.ID+name] == !remove {
		if m.fault == "a reaction too many" {
			return errors.New("memory: already done")
		}
		return nil
	}
	m.on[to.ID+name] = !remove
	m.reactions <- backend.Reaction{Name: name, Removed: remove}
	return nil
}

func (m *memory) SetPresence(_ context.Context, status, _ string) error {
	if m.fault == "always online" {
		status = "online"
	}
	m.statuses <- status
	return nil
}

func (m *memory) seenAs(ctx context.Context, status string) error {
	for {
		got, err := take(ctx, m.statuses)
		if err != nil || got == status {
			return err
		}
	}
}

func (m *memory) SendCard(_ context.Context, c *backend.Card, fallback *backend.Message) (backend.Ref, error) {
	card := *c
	if m.fault == "cards have no fields" {
		card.Fields = nil
	}
	m.cards <- card
	return fallback.Ref, nil
}

// patience is short: what is wrong is found by waiting.
const patience = 100 * time.Millisecond
