package telegram

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/markdown"
)

const (
	messageSize = 4096 // UTF-16 code units of a message
	captionSize = 1024 // UTF-16 code units of the text beside a file
	pollLimit   = 100  // updates of one answer
)

// Backend is one bot account on Telegram. Its methods may be called from several goroutines
// at once.
type Backend struct {
	options   Options
	log       *slog.Logger
	transport http.RoundTripper
	client    *http.Client
	api       *bot.Bot
	markdown  *markdown.Renderer
	offset    offset // of Run alone
	live      atomic.Bool
	private   sync.Once // the bot does not see all that is said

	names  cache[string]      // IDs by username, in lower case
	people cache[models.User] // by ID
	moved  cache[int64]       // new IDs of groups, by the old ones

	mu       sync.Mutex
	self     backend.Person
	username string
}

var (
	_ backend.Backend    = (*Backend)(nil)
	_ backend.Limiter    = (*Backend)(nil)
	_ backend.Mentioner  = (*Backend)(nil)
	_ backend.FileSender = (*Backend)(nil)
	_ backend.FileOpener = (*Backend)(nil)
	_ backend.Editor     = (*Backend)(nil)
	_ backend.Reactor    = (*Backend)(nil)
	_ backend.Typer      = (*Backend)(nil)
)

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
		transport = own
	}
	b := &Backend{
		options:   options,
		log:       options.Log,
		transport: transport,
		markdown:  markdown.New(),
		offset:    offset{file: options.OffsetFile},
	}
	b.api, b.client, err = newAPI(options, transport)
	return b, err
}

// Name returns "telegram".
func (b *Backend) Name() string { return "telegram" }

// Self returns the bot's own identity; it is empty before the first connection.
func (b *Backend) Self() backend.Person {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.self
}

// Limits implements [backend.Limiter]: 4,096 UTF-16 code units.
func (b *Backend) Limits() backend.Limits {
	return backend.Limits{MessageSize: messageSize, Unit: backend.UTF16}
}

// Run implements [backend.Backend]. Telegram keeps what was said while nobody asked, for a
// day: it is passed on first.
func (b *Backend) Run(ctx context.Context, events backend.Sink) error {
	if t, ok := b.transport.(interface{ CloseIdleConnections() }); ok {
		defer t.CloseIdleConnections()
	}
	defer b.live.Store(false)
	err := b.run(ctx, events)
	if ctx.Err() != nil {
		b.confirm(ctx)
		return nil
	}
	return err
}

func (b *Backend) run(ctx context.Context, events backend.Sink) error {
	if err := b.logIn(ctx); err != nil {
		return err
	}
	if err := b.offset.load(); err != nil {
		return err
	}
	for wait := time.Duration(0); ; wait = b.options.Poll { // the first answer comes at once
		updates, err := b.patientPoll(ctx, wait)
		if err != nil {
			return err
		}
		if !b.live.Swap(true) {
			events.Connected()
		}
		if err := b.take(ctx, updates, events); err != nil {
			return err
		}
	}
}

// logIn learns who the bot is.
func (b *Backend) logIn(ctx context.Context) error {
	me, err := ask(ctx, "ask who the bot is", b.api.GetMe)
	if errors.Is(err, bot.ErrorUnauthorized) || errors.Is(err, bot.ErrorNotFound) {
		return refused(err)
	}
	if err != nil {
		return err
	}
	if !me.CanReadAllGroupMessages {
		b.private.Do(func() {
			b.log.Warn("telegram: the bot has privacy mode on: of what is said in groups Telegram tells it only commands that begin " +
				"with \"/\", answers to its messages, and nothing that begins with another prefix; switch it off with @BotFather " +
				"(/setprivacy) and add the bot to its groups anew, make it an administrator there, or use bot_prefix: \"/\"")
		})
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.self, b.username = person(me), me.Username
	return nil
}

func (b *Backend) patientPoll(ctx context.Context, wait time.Duration) (updates []*models.Update, err error) {
	err = patiently(ctx, func() error {
		updates, err = b.poll(ctx, b.offset.get(), wait)
		return err
	})
	return updates, err
}

// take passes updates on. That they have been is noted before: what a process that dies in
// the middle has begun is not begun again.
func (b *Backend) take(ctx context.Context, updates []*models.Update, events backend.Sink) error {
	for _, u := range updates {
		if !b.offset.isNew(u.ID) {
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err() // the next process is told of the rest
		}
		if err := b.offset.reached(u.ID); err != nil {
			return err
		}
		for _, e := range b.translate(u) {
			events.Receive(e)
		}
	}
	return nil
}

// confirm tells Telegram, at a clean stop, what has been dealt with; otherwise the next
// process would be told again.
func (b *Backend) confirm(ctx context.Context) {
	if b.offset.next == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if _, err := b.poll(ctx, b.offset.next, 0); err != nil {
		b.log.Warn("telegram: the last updates could not be confirmed, and may be told again", "error", err)
	}
}

// connected returns an error for a caller who can try again when there is no connection.
func (b *Backend) connected(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("telegram: %w", err)
	}
	if !b.live.Load() {
		return &backend.RetryableError{Err: errNotConnected}
	}
	return nil
}
