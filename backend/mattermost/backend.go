package mattermost

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mattermost/mattermost-server/v6/model"

	"github.com/go-errbot/errbot/backend"
)

// Backend is one account on one Mattermost server.
type Backend struct {
	options   Options
	log       *slog.Logger
	transport *http.Transport
	directory *directory
	history   *history
	unsure    *unsure
	resume    resumption // of Run alone, as the next two
	opened    moment
	presence  presence
	live      atomic.Pointer[socket]

	mu      sync.Mutex
	account account
}

// account is what the backend knows of itself.
type account struct {
	token    string // of the session; empty before the first log-in
	self     backend.Person
	team     *model.Team
	maxRunes int
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
	_ backend.Typer          = (*Backend)(nil)
	_ backend.Whisperer      = (*Backend)(nil)
	_ backend.PresenceSetter = (*Backend)(nil)
	_ backend.Mentioner      = (*Backend)(nil)
)

// recheck is how often the history is compared with what the websocket has told.
const recheck = 2 * time.Minute

// New returns a Backend; it does not connect. The error names everything that is wrong
// with options.
func New(options Options) (*Backend, error) {
	options, err := options.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("mattermost: %w", err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = options.TLS.Clone()
	transport.MaxIdleConnsPerHost = 20
	transport.IdleConnTimeout = 30 * time.Second
	transport.ResponseHeaderTimeout = 30 * time.Second
	return &Backend{
		options:   options,
		log:       options.Log,
		transport: transport,
		directory: newDirectory(),
		history:   newHistory(),
		unsure:    newUnsure(),
		account:   account{maxRunes: model.PostMessageMaxRunesV2},
	}, nil
}

// Name returns "mattermost".
func (b *Backend) Name() string { return "mattermost" }

// Self returns the bot's own identity; it is empty before the first connection.
func (b *Backend) Self() backend.Person { return b.known().self }

// Limits implements [backend.Limiter] with what the server says, which is 16,383
// characters unless its database is an old one.
func (b *Backend) Limits() backend.Limits {
	return backend.Limits{MessageSize: b.known().maxRunes, Unit: backend.Runes}
}

func (b *Backend) known() account {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.account
}

// Run implements [backend.Backend]. It logs in, opens the websocket, and passes on first
// what was said since the last connection and then what is said. A session that a password
// opened lasts until ctx ends.
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
	b.directory.forget() // what changed meanwhile was not told
	if err := b.logIn(ctx); err != nil {
		return err
	}
	s, err := b.open(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	b.opened, b.presence = s.opened, presence{}
	gap, err := b.lookAround(ctx)
	if err != nil {
		return err
	}
	b.live.Store(s)
	defer b.live.Store(nil)
	events.Connected()
	if err := b.fill(ctx, gap, events); err != nil {
		return err
	}
	return b.serve(ctx, s, events)
}

// serve passes events on until the connection ends. Now and then, and when the server has
// skipped an event, it looks for posts that were not told: the server saves a post first,
// and goes on without telling when that fails.
func (b *Backend) serve(ctx context.Context, s *socket, events backend.Sink) error {
	check := time.NewTicker(recheck)
	defer check.Stop()
	look := time.NewTicker(b.options.presenceEvery())
	defer look.Stop()
	for {
		select {
		case e, ok := <-s.events:
			if !ok {
				return s.err
			}
			if err := b.take(ctx, e, events); err != nil {
				return fmt.Errorf("mattermost: %s: %w", e.EventType(), err)
			}
			if skipped := b.resume.next(e); !skipped {
				continue
			}
			b.log.Warn("mattermost: the server has skipped an event")
		case <-look.C:
			b.tellPresence(ctx, events)
			continue
		case <-check.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := b.catchUp(ctx, events); err != nil {
			return err
		}
	}
}

// catchUp passes on what the websocket did not tell.
func (b *Backend) catchUp(ctx context.Context, events backend.Sink) error {
	gap, err := b.lookAround(ctx)
	if err != nil {
		return err
	}
	return b.fill(ctx, gap, events)
}

// connected returns an error for a caller who can try again when there is no connection.
func (b *Backend) connected() error {
	if b.live.Load() == nil {
		return &backend.RetryableError{Err: errNotConnected}
	}
	return nil
}
