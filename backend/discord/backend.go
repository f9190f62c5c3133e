package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/markdown"
)

// Backend is one bot account on Discord. Its methods may be called from several goroutines
// at once.
type Backend struct {
	options   Options
	log       *slog.Logger
	transport http.RoundTripper
	rest      *discordgo.Session
	markdown  *markdown.Renderer
	directory *directory
	history   *history
	unsure    *unsure
	session   session // of Run alone
	live      atomic.Pointer[gateway]
	silent    sync.Once // the bot cannot read what is said

	mu     sync.Mutex
	self   backend.Person
	status discordgo.UpdateStatusData
	deaf   map[string]bool // channels that the bot has left
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
	_ backend.PresenceSetter = (*Backend)(nil)
	_ backend.Mentioner      = (*Backend)(nil)
)

// errNoSession says that Discord does not have the last session any more.
var errNoSession = errors.New("discord: the session is lost")

// messageSize is how long a message may be, in code points, as the API counts.
const messageSize = 2000

// New returns a Backend; it does not connect. The error names everything that is wrong
// with options.
func New(options Options) (*Backend, error) {
	options, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	transport := options.Transport
	if transport == nil {
		own := http.DefaultTransport.(*http.Transport).Clone()
		own.MaxIdleConnsPerHost = 20
		own.IdleConnTimeout = 30 * time.Second
		own.ResponseHeaderTimeout = time.Minute
		transport = own
	}
	return &Backend{
		options:   options,
		log:       options.Log,
		transport: transport,
		rest:      newREST(options.Token.Reveal(), newLimited(transport)),
		markdown:  markdown.New(),
		directory: newDirectory(options.Guild),
		history:   newHistory(),
		unsure:    newUnsure(),
		status:    discordgo.UpdateStatusData{Status: "online", Activities: []*discordgo.Activity{}},
		deaf:      map[string]bool{},
	}, nil
}

// Name returns "discord".
func (b *Backend) Name() string { return "discord" }

// Self returns the bot's own identity; it is empty before the first connection.
func (b *Backend) Self() backend.Person {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.self
}

// Limits implements [backend.Limiter]: 2,000 code points.
func (b *Backend) Limits() backend.Limits {
	return backend.Limits{MessageSize: messageSize, Unit: backend.Runes}
}

// Run implements [backend.Backend]. It takes the last session up where it ended, when
// Discord still has it; otherwise it begins a new one and reads what was missed from the
// history of the channels.
func (b *Backend) Run(ctx context.Context, events backend.Sink) error {
	if t, ok := b.transport.(interface{ CloseIdleConnections() }); ok {
		defer t.CloseIdleConnections()
	}
	err := b.run(ctx, events)
	if ctx.Err() != nil {
		b.session = session{}
		return nil
	}
	return err
}

func (b *Backend) run(ctx context.Context, events backend.Sink) error {
	if b.session.id != "" {
		if err := b.connect(ctx, true, events); !errors.Is(err, errNoSession) {
			return err
		}
	}
	return b.connect(ctx, false, events)
}

// connect makes one connection and serves it.
func (b *Backend) connect(ctx context.Context, resuming bool, events backend.Sink) error {
	g, err := b.open(ctx)
	if err != nil {
		b.session = session{} // its address may be of no use any more
		return err
	}
	err = b.serve(ctx, g, resuming, events)
	b.live.Store(nil)
	code := closeToResume
	if ctx.Err() != nil {
		code = websocket.CloseNormalClosure
	}
	g.close(code)
	if g.invalid {
		b.session = session{}
	}
	return err
}

// serve passes events on until the connection ends.
func (b *Backend) serve(ctx context.Context, g *gateway, resuming bool, events backend.Sink) error {
	early, err := b.settle(ctx, g, resuming)
	if resuming && err != nil && g.invalid {
		return fmt.Errorf("%w: %w", errNoSession, err)
	}
	if err == nil {
		b.live.Store(g)
		events.Connected()
		if !resuming {
			err = b.fill(ctx, events)
		}
	}
	if err != nil {
		if !resuming {
			b.session = session{} // resumed, it would not tell again what is still missing
		}
		return err
	}
	for _, e := range early {
		if err := b.take(ctx, e, events); err != nil {
			return err
		}
	}
	for {
		e, err := g.next(ctx)
		if err != nil {
			return err
		}
		if err := b.take(ctx, e, events); err != nil {
			return err
		}
	}
}

// next returns the next event.
func (g *gateway) next(ctx context.Context) (*discordgo.Event, error) {
	select {
	case e, ok := <-g.events:
		if !ok {
			return nil, g.err
		}
		return e, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// maxEarly bounds the events that wait until all servers are known.
const maxEarly = 10_000

// settle waits until the session has begun and all servers are known, so that names can be
// resolved, and returns the events that have arrived meanwhile and are still to be taken. A
// resumed session begins with its first event.
func (b *Backend) settle(ctx context.Context, g *gateway, resuming bool) (early []*discordgo.Event, err error) {
	deadline, cancel := context.WithTimeout(ctx, helloTimeout)
	defer cancel()
	for {
		e, err := g.next(deadline)
		switch {
		case ctx.Err() == nil && deadline.Err() != nil && b.session.id != "":
			b.log.Warn("discord: not all servers of the bot are available")
			return early, nil
		case err != nil:
			return nil, err
		case resuming:
			return []*discordgo.Event{e}, nil
		case e.Type == "READY":
			if err := b.ready(e); err != nil {
				return nil, err
			}
		default:
			early = append(early, e)
			b.learn(e)
		}
		if b.session.id != "" && b.directory.complete() || len(early) >= maxEarly {
			return early, b.directory.chooseGuild()
		}
	}
}

// ready takes in the beginning of a session.
func (b *Backend) ready(e *discordgo.Event) error {
	var ready struct {
		discordgo.Ready
		ResumeURL string `json:"resume_gateway_url"`
	}
	if err := json.Unmarshal(e.RawData, &ready); err != nil || ready.User == nil {
		return fmt.Errorf("discord: the gateway's greeting cannot be understood: %w", err)
	}
	b.session = session{id: ready.SessionID, url: ready.ResumeURL, seq: e.Sequence}
	b.directory.reset(ready.User, ready.Guilds)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.self = personOf(ready.User, nil)
	return nil
}

// connected returns an error for a caller who can try again when there is no connection.
func (b *Backend) connected() error {
	if b.live.Load() == nil {
		return &backend.RetryableError{Err: errNotConnected}
	}
	return nil
}
