package matrix

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/markdown"
)

// Backend is one account on one homeserver.
type Backend struct {
	options   Options
	log       *slog.Logger
	transport *http.Transport
	markdown  *markdown.Renderer
	emoji     *emoji
	rooms     *rooms
	people    cache[string] // display names by user ID
	seen      *seen
	reactions cache[backend.Reaction] // of other people, by the event's ID
	own       cache[id.EventID]       // the bot's reactions, by reactionKey; "" for one taken away
	unsure    *unsure
	position  position      // of Run alone
	clock     time.Duration // the server's time, less ours; of Run alone
	opening   chan struct{} // holds one entry while a private conversation is made
	live      atomic.Bool

	mu       sync.Mutex
	session  *mautrix.Client // nil before the first log-in
	fullName string          // of the bot
	presence string          // as the bot wants to be seen
	upload   int64           // bytes of the largest file; 0 when the server does not say
}

var (
	_ backend.Backend        = (*Backend)(nil)
	_ backend.Limiter        = (*Backend)(nil)
	_ backend.FileSender     = (*Backend)(nil)
	_ backend.ExtrasSender   = (*Backend)(nil)
	_ backend.RoomManager    = (*Backend)(nil)
	_ backend.Editor         = (*Backend)(nil)
	_ backend.Reactor        = (*Backend)(nil)
	_ backend.FileOpener     = (*Backend)(nil)
	_ backend.Typer          = (*Backend)(nil)
	_ backend.PresenceSetter = (*Backend)(nil)
	_ backend.Mentioner      = (*Backend)(nil)
)

// messageSize is how many bytes of text go into one message. An event has at most 65,536
// bytes, and holds the text twice, with the markup of HTML and the escapes of JSON.
const messageSize = 20_000

// New returns a Backend; it does not connect. The error names everything that is wrong
// with options.
func New(options Options) (*Backend, error) {
	options, err := options.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("matrix: %w", err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = options.TLS.Clone()
	transport.MaxIdleConnsPerHost = 20
	transport.IdleConnTimeout = 30 * time.Second
	return &Backend{
		options:   options,
		log:       options.Log,
		transport: transport,
		markdown:  markdown.New(),
		emoji:     newEmoji(),
		rooms:     newRooms(),
		seen:      newSeen(),
		unsure:    newUnsure(),
		opening:   make(chan struct{}, 1),
		presence:  presenceOnline,
	}, nil
}

// Name returns "matrix".
func (b *Backend) Name() string { return "matrix" }

// Self returns the bot's own identity; it is empty before the first connection.
func (b *Backend) Self() backend.Person {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.session == nil {
		return backend.Person{}
	}
	return person(b.session.UserID, b.fullName)
}

// Limits implements [backend.Limiter].
func (b *Backend) Limits() backend.Limits {
	return backend.Limits{MessageSize: messageSize, Unit: backend.Bytes}
}

// client returns the session's client; nil before the first log-in.
func (b *Backend) client() *mautrix.Client {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.session
}

// connected returns the session's client, or an error for a caller who can try again when
// there is no connection.
func (b *Backend) connected() (*mautrix.Client, error) {
	if !b.live.Load() {
		return nil, &backend.RetryableError{Err: errNotConnected}
	}
	return b.client(), nil
}

// loggedIn returns the session's client for what needs no stream of events.
func (b *Backend) loggedIn() (*mautrix.Client, error) {
	if cli := b.client(); cli != nil {
		return cli, nil
	}
	return nil, &backend.RetryableError{Err: errNotConnected}
}

// Run implements [backend.Backend]. It logs in, reads what was said since the last
// connection, and then waits for news. A session that a password opened lasts until ctx
// ends.
func (b *Backend) Run(ctx context.Context, events backend.Sink) error {
	defer b.transport.CloseIdleConnections()
	err := b.run(ctx, events)
	if ctx.Err() != nil {
		b.logOut(ctx)
		return nil
	}
	return err
}

func (b *Backend) run(ctx context.Context, events backend.Sink) error {
	cli, err := b.logIn(ctx)
	if err != nil {
		return err
	}
	s := b.newStream(cli)
	defer s.close()
	if err := b.start(ctx, s); err != nil {
		return err
	}
	news, err := s.next(ctx, b.position.token, 0)
	if err != nil {
		return err
	}
	doors := b.newDoors(ctx, cli)
	defer doors.close()
	b.live.Store(true)
	defer b.live.Store(false)
	events.Connected()
	for {
		if err := b.take(ctx, news, doors, events); err != nil {
			return err
		}
		if news, err = s.next(ctx, b.position.token, b.options.Timeout); err != nil {
			return err
		}
	}
}
