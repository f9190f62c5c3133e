package xmpp

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"net/http"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/markdown"
)

// Backend is one account on one XMPP server. Its methods may be called from several
// goroutines at once.
type Backend struct {
	state
	stream    stream
	options   Options // with defaults
	resource  string
	markdown  *markdown.Renderer
	http      *http.Client // for files
	services  *services
	reactions *ledger
}

var (
	_ backend.Backend        = (*Backend)(nil)
	_ backend.Limiter        = (*Backend)(nil)
	_ backend.Mentioner      = (*Backend)(nil)
	_ backend.RoomManager    = (*Backend)(nil)
	_ backend.PresenceSetter = (*Backend)(nil)
	_ backend.Editor         = (*Backend)(nil)
	_ backend.Reactor        = (*Backend)(nil)
	_ backend.Typer          = (*Backend)(nil)
	_ backend.FileSender     = (*Backend)(nil)
)

// New returns a Backend. It does no I/O. The error names everything that is wrong with the
// options.
func New(options Options) (*Backend, error) {
	options, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	b := &Backend{
		options: options,
		// Without a name of its own, a second process with the same account is another
		// device; with one that both have, each would throw the other out.
		resource:  cmp.Or(options.account.Resourcepart(), "errbot-"+rand.Text()[:8]),
		markdown:  markdown.New(),
		http:      uploader(options.TLS),
		services:  newServices(),
		reactions: newLedger(),
	}
	b.rooms, b.stream.echoes = map[string]*room{}, map[string]*outgoing{}
	b.address = options.account.Bare().String()
	return b, nil
}

// Name returns "xmpp".
func (b *Backend) Name() string { return "xmpp" }

// Self returns the bot's own identity.
func (b *Backend) Self() backend.Person {
	p := person(b.self())
	p.Nick = b.options.Nick
	return p
}

// Limits implements [backend.Limiter]. The protocol has no limit; servers refuse what is far
// longer.
func (b *Backend) Limits() backend.Limits {
	return backend.Limits{MessageSize: 10_000, Unit: backend.Runes}
}

// Mention implements [backend.Mentioner]: "nick: ".
func (b *Backend) Mention(p backend.Person) string { return p.Nick + ": " }

// Run opens one connection and serves it, as [backend.Backend] says. It resumes the session of
// the connection before, with all that was said meanwhile; when the server does not have it
// any more, the bot goes back into the rooms that it was in.
func (b *Backend) Run(ctx context.Context, events backend.Sink) error {
	c, err := b.connect(ctx, events)
	if err != nil {
		return b.ended(ctx, err)
	}
	if c.resumed { // what arrives now is for the host
		b.attach(c)
		c.goLive()
	}
	c.start()
	defer c.finish()
	defer b.attach(nil)
	if !c.resumed {
		c.appear(ctx)
		b.attach(c)
		if ctx.Err() == nil && c.alive() {
			c.goLive()
		}
		c.background(c.enterAll)
	}
	select {
	case <-c.closed:
	case <-ctx.Done():
		c.quit()
	}
	return b.ended(ctx, c.err)
}

// ended returns what Run returns.
func (b *Backend) ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("xmpp: %s: %w", b.options.account.Bare(), err)
}
