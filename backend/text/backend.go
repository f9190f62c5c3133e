package text

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/markdown"
)

// patience is how long a terminal waits for the end of what a line started before it
// shows the next prompt. It is there for commands that change who talks; a slow command
// must not keep anybody from typing on.
const patience = time.Second

// Backend is the terminal as a chat network. Its methods may be called from several
// goroutines at once.
type Backend struct {
	options  Options // with defaults
	self     backend.Person
	markdown *markdown.Renderer
	output   *output
	now      conversation
	ids      atomic.Uint64
	ran      atomic.Bool
	complete atomic.Pointer[func(prefix string) []string]
	terminal atomic.Pointer[terminal] // nil without one, and before Run
}

var (
	_ backend.Backend = (*Backend)(nil)
	_ backend.Limiter = (*Backend)(nil)
)

// New returns a Backend. It reads nothing before [Backend.Run].
func New(options Options) *Backend {
	options = options.withDefaults()
	b := &Backend{
		options:  options,
		self:     person(options.Username),
		markdown: markdown.New(),
		output:   newOutput(options.Out),
		now:      conversation{from: person(options.Admin)},
	}
	b.SetCompleter(options.Complete)
	return b
}

// SetCompleter replaces [Options.Complete]; nil is none.
func (b *Backend) SetCompleter(complete func(prefix string) []string) { b.complete.Store(&complete) }

// Name returns "text".
func (b *Backend) Name() string { return "text" }

// Self returns the bot's own identity.
func (b *Backend) Self() backend.Person { return b.self }

// Limits implements [backend.Limiter]: there is no practical limit.
func (b *Backend) Limits() backend.Limits {
	return backend.Limits{MessageSize: 1 << 20, Unit: backend.Runes}
}

// Resolve understands "@name" for a person, "#room" for a room, and "#room/name" for a
// person as they appear in a room. Every name exists.
func (b *Backend) Resolve(_ context.Context, address string) (backend.Ref, error) {
	roomName, nick, inRoom := strings.Cut(strings.TrimPrefix(address, "#"), "/")
	switch name := strings.TrimPrefix(address, "@"); {
	case strings.HasPrefix(address, "@") && isName(name):
		return backend.ToPerson(person(name)), nil
	case strings.HasPrefix(address, "#") && isName(roomName) && !inRoom:
		return backend.ToRoom(room(roomName)), nil
	case strings.HasPrefix(address, "#") && isName(roomName) && isName(nick):
		return backend.ToPerson(person(nick)), nil
	}
	return backend.Ref{}, fmt.Errorf("text: %w: %q is none of @name, #room and #room/name", backend.ErrUnknown, address)
}

// Run reads messages and passes them on until the input ends, the output is gone, or ctx
// is cancelled. The input is read once: every Run but the first ends at once. All errors
// wrap [backend.ErrEnd], and [Backend.Send] works on after Run.
//
// A read from standard input cannot be interrupted. When ctx is cancelled during one,
// one goroutine stays behind until the next line or key arrives, or the process ends.
func (b *Backend) Run(ctx context.Context, events backend.Sink) error {
	if b.ran.Swap(true) {
		return fmt.Errorf("text: the input has been read: %w", backend.ErrEnd)
	}
	in, err := b.open()
	if err != nil {
		return fmt.Errorf("text: open the terminal: %w: %w", err, backend.ErrEnd)
	}
	defer in.stop()
	b.welcome(ctx)
	events.Connected()
	for {
		body, err := in.next(ctx, b.output)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, io.EOF):
			return fmt.Errorf("text: the input ended: %w", backend.ErrEnd)
		case err != nil:
			return fmt.Errorf("text: %w: %w", err, backend.ErrEnd)
		}
		b.pass(ctx, events, body)
	}
}

// welcome greets the person at a terminal. A broken output shows itself later.
func (b *Backend) welcome(ctx context.Context) {
	if *b.options.Interactive && b.options.Welcome != "" {
		_ = b.output.write(ctx, b.body(&backend.Message{Body: b.options.Welcome})+"\n")
	}
}

// pass hands one message to the host and waits until it has run its course.
func (b *Backend) pass(ctx context.Context, events backend.Sink, body string) {
	done := make(chan struct{})
	from, ref := b.now.place()
	ref.ID = b.nextID()
	events.Receive(&backend.Message{
		Ref:      ref,
		From:     from,
		Body:     body,
		Mentions: mentions(body),
		Done:     sync.OnceFunc(func() { close(done) }),
	})
	var enough <-chan time.Time
	if *b.options.Interactive {
		enough = time.After(patience)
	}
	select {
	case <-done:
	case <-enough:
	case <-b.output.broken:
	case <-ctx.Done():
	}
}

// Send writes one message. What goes elsewhere than to the person at the terminal, where
// they are now, begins with its address in brackets, and what goes into a thread with
// an arrow. An error says that the output is gone for good, or ctx is at its end.
func (b *Backend) Send(ctx context.Context, m *backend.Message) (backend.Ref, error) {
	if m.IsZero() {
		return backend.Ref{}, fmt.Errorf("text: send: %w: no room and no person given", backend.ErrUnknown)
	}
	if err := b.output.write(ctx, b.render(m)); err != nil {
		return backend.Ref{}, fmt.Errorf("text: send: %w", err)
	}
	sent := m.Ref
	sent.ID = b.nextID()
	return sent, nil
}

func (b *Backend) nextID() string { return strconv.FormatUint(b.ids.Add(1), 10) }

// render returns m as it is shown, with one line feed behind it.
func (b *Backend) render(m *backend.Message) string {
	body := b.body(m)
	label := ""
	if _, here := b.now.place(); m.Place() != here.Place() {
		label = "[" + m.String() + "] "
	}
	if m.Thread != "" {
		label += "↳ "
	}
	if label != "" && strings.Contains(body, "\n") {
		label = strings.TrimSuffix(label, " ") + "\n" // keeps tables in line
	}
	return markdown.Clean(label) + body + "\n"
}

func (b *Backend) body(m *backend.Message) string {
	switch {
	case m.Plain:
		return strings.TrimSuffix(markdown.Clean(m.Body), "\n")
	case *b.options.Interactive && b.options.ColorTheme != "none":
		return b.markdown.ANSI(m.Body)
	default:
		return b.markdown.Text(m.Body)
	}
}
