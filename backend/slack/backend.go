package slack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/slack-go/slack"

	"github.com/go-errbot/errbot/backend"
)

// Backend is one app in one Slack workspace.
type Backend struct {
	options   Options
	log       *slog.Logger
	transport *http.Transport
	http      *http.Client
	api       *slack.Client
	directory *directory
	renderer  *renderer
	unsure    *unsure
	live      atomic.Bool // there is a connection

	// What sockets have read and acknowledged. It outlives a connection: nobody else has
	// those events any more.
	inbox chan *envelope

	// Of Run alone.
	held     *envelope // what could not be dealt with when the last connection ended
	past     *seen
	progress progress

	mu      sync.Mutex
	account account
}

// account is what the backend knows of itself.
type account struct {
	self         backend.Person
	botID        string // of the bot user's messages
	teamID       string
	enterpriseID string        // empty outside Enterprise Grid
	clock        time.Duration // Slack's time, less ours
}

var (
	_ backend.Backend        = (*Backend)(nil)
	_ backend.Limiter        = (*Backend)(nil)
	_ backend.CardSender     = (*Backend)(nil)
	_ backend.FileSender     = (*Backend)(nil)
	_ backend.ExtrasSender   = (*Backend)(nil)
	_ backend.RoomManager    = (*Backend)(nil)
	_ backend.Editor         = (*Backend)(nil)
	_ backend.Reactor        = (*Backend)(nil)
	_ backend.FileOpener     = (*Backend)(nil)
	_ backend.Whisperer      = (*Backend)(nil)
	_ backend.PresenceSetter = (*Backend)(nil)
	_ backend.Mentioner      = (*Backend)(nil)
)

// waiting is how many events wait for names to be looked up. What does not fit is not
// acknowledged, so that Slack sends it again.
const waiting = 4096

// New returns a Backend; it does not connect. The error names everything that is wrong
// with options.
func New(options Options) (*Backend, error) {
	options, err := options.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("slack: %w", err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = options.TLS.Clone()
	transport.MaxIdleConnsPerHost = 20
	transport.IdleConnTimeout = 30 * time.Second
	transport.ResponseHeaderTimeout = 30 * time.Second
	b := &Backend{
		options:   options,
		log:       options.Log,
		transport: transport,
		http:      &http.Client{Transport: bounded{transport}, Timeout: callTimeout},
		inbox:     make(chan *envelope, waiting),
		past:      newSeen(),
		directory: newDirectory(),
		unsure:    newUnsure(),
	}
	b.renderer = newRenderer(b.knownPerson)
	b.api = slack.New(options.Token.Reveal(),
		slack.OptionAppLevelToken(options.AppToken.Reveal()),
		slack.OptionAPIURL(options.APIURL),
		slack.OptionHTTPClient(b.http),
		slack.OptionLog(log.New(io.Discard, "", 0)), // errors are returned
	)
	return b, nil
}

// Name returns "slack".
func (b *Backend) Name() string { return "slack" }

// Self returns the bot's own identity; it is empty before the first connection.
func (b *Backend) Self() backend.Person { return b.known().self }

// messageSize is what Slack recommends as the longest text. It takes ten times that, but
// less in edits and in rich text.
const messageSize = 4000

// Limits implements [backend.Limiter].
func (b *Backend) Limits() backend.Limits {
	return backend.Limits{MessageSize: messageSize, Unit: backend.Runes}
}

func (b *Backend) known() account {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.account
}

// now returns Slack's time.
func (b *Backend) now() time.Time { return time.Now().Add(b.known().clock) }

// Run implements [backend.Backend]. It asks who the bot is, opens the websocket, and passes
// on first what was said since the last connection and then what is said.
func (b *Backend) Run(ctx context.Context, events backend.Sink) error {
	defer b.transport.CloseIdleConnections()
	err := b.run(ctx, events)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func (b *Backend) run(ctx context.Context, events backend.Sink) error {
	b.directory.forget() // what changed meanwhile was not told
	if err := b.logIn(ctx); err != nil {
		return err
	}
	old := len(b.inbox)
	s, err := b.open(ctx)
	if err != nil {
		return err
	}
	defer func() { s.close() }()
	b.live.Store(true)
	defer b.live.Store(false)
	events.Connected()
	if err := b.finish(ctx, old, events); err != nil {
		return err
	}
	if err := b.fill(ctx, events); err != nil {
		return err
	}
	for {
		select {
		case e := <-b.inbox:
			if err := b.take(ctx, e, events); err != nil {
				return err
			}
		case <-s.leave: // Slack is about to close it
			next, err := b.open(ctx)
			if err != nil {
				return err
			}
			s.close()
			s = next
		case <-s.gone:
			return s.err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// finish deals with what the last connection has left: the event that failed, and so many
// in the inbox.
func (b *Backend) finish(ctx context.Context, old int, events backend.Sink) error {
	if e := b.held; e != nil {
		b.held = nil
		if err := b.take(ctx, e, events); err != nil {
			return err
		}
	}
	for range old {
		if err := b.take(ctx, <-b.inbox, events); err != nil {
			return err
		}
	}
	return nil
}

// take passes one event on. An error ends the connection, and the event is tried again in
// the next one; an event that cannot be understood is logged and left out.
func (b *Backend) take(ctx context.Context, e *envelope, events backend.Sink) error {
	err := b.dispatch(ctx, e, events)
	var again *backend.RetryableError
	if errors.As(err, &again) || ctx.Err() != nil {
		b.held = e
		return err
	}
	if err != nil {
		b.log.Warn("slack: an event is left out", "type", e.Type, "error", err)
	}
	return nil
}

// connected returns an error for a caller who can try again when there is no connection.
func (b *Backend) connected() error {
	if !b.live.Load() {
		return &backend.RetryableError{Err: errNotConnected}
	}
	return nil
}
