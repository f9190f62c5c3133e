package irc

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/time/rate"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/markdown"
)

// settling is how long after a connect a room that the bot is not in may still be one that
// the host is about to join.
const settling = 10 * time.Second

// Backend is one account on one IRC network. Its methods may be called from several
// goroutines at once.
type Backend struct {
	state
	options  Options // with defaults
	pattern  pattern // of the names in access rules
	markdown *markdown.Renderer
	rates    struct{ room, private *rate.Limiter }
}

var (
	_ backend.Backend        = (*Backend)(nil)
	_ backend.Limiter        = (*Backend)(nil)
	_ backend.Mentioner      = (*Backend)(nil)
	_ backend.PresenceSetter = (*Backend)(nil)
)

// New returns a Backend. It does no I/O. The error names everything that is wrong with the
// options.
func New(options Options) (*Backend, error) {
	options, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	b := &Backend{options: options, pattern: newPattern(options.ACLPattern), markdown: markdown.New()}
	b.rooms, b.splits, b.support = map[string]*room{}, splits{}, defaultSupport()
	b.self.Name = options.Nick
	b.rates.room, b.rates.private = limiter(options.ChannelRate), limiter(options.PrivateRate)
	return b, nil
}

// Name returns "irc".
func (b *Backend) Name() string { return "irc" }

// Self returns the bot's own identity; before the first connection, only its nick.
func (b *Backend) Self() backend.Person {
	mask := b.mask()
	return b.person(&mask)
}

// Limits implements [backend.Limiter]. A message is cut into lines here, after it has been
// rendered, so this bounds how many lines one may be.
func (b *Backend) Limits() backend.Limits {
	return backend.Limits{MessageSize: 16 << 10, Unit: backend.Bytes}
}

// Mention implements [backend.Mentioner]: "nick: ".
func (b *Backend) Mention(p backend.Person) string { return p.Nick + ": " }

// Resolve understands "#room", "nick" and "nick!user@host". It asks the server who a nick is;
// a whole mask is taken as it is, with nobody being asked.
func (b *Backend) Resolve(ctx context.Context, address string) (backend.Ref, error) {
	if isRoom(address, b.network().chanTypes) {
		return backend.ToRoom(b.room(address)), nil
	}
	if source := parseMask(address); source != nil {
		return backend.ToPerson(b.person(source)), nil
	}
	if !isNick(address) {
		return backend.Ref{}, fmt.Errorf("irc: %w: %q is none of #room, nick and nick!user@host", backend.ErrUnknown, address)
	}
	c, err := b.current()
	if err != nil {
		return backend.Ref{}, fmt.Errorf("irc: look up %s: %w", address, err)
	}
	source, err := c.lookUp(ctx, address)
	switch {
	case err != nil:
		return backend.Ref{}, fmt.Errorf("irc: look up %s: %w", address, err)
	case source == nil:
		return backend.Ref{}, fmt.Errorf("irc: %w: nobody is called %q now", backend.ErrUnknown, address)
	}
	return backend.ToPerson(b.person(source)), nil
}

// Run opens one connection and serves it, as [backend.Backend] says. It joins the rooms
// again that the bot was in before.
func (b *Backend) Run(ctx context.Context, events backend.Sink) error {
	b.begin(b.options.Nick)
	c, err := b.connect(ctx, events)
	if err != nil {
		return b.ended(ctx, err)
	}
	c.start()
	defer c.tasks.Wait()
	defer b.attach(nil)
	err = c.register(ctx)
	if err == nil && ctx.Err() == nil {
		err = c.introduce(ctx)
	}
	if err != nil && ctx.Err() == nil {
		c.close(err)
		return b.ended(ctx, c.err)
	}
	if ctx.Err() == nil {
		b.attach(c)
		c.goLive()
		c.tasks.Go(c.enterAll)
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
	return fmt.Errorf("irc: %s: %w", b.options.address(), err)
}

// SetPresence implements [backend.PresenceSetter]: every status but "online" is being away.
func (b *Backend) SetPresence(ctx context.Context, status, note string) error {
	away := ""
	if status != "online" {
		away = oneLine("[" + status + "] " + note)
	}
	b.setAway(away)
	c, err := b.current()
	if err != nil {
		return nil // it is said after the next connect
	}
	params := []string{away}
	if away == "" {
		params = nil
	}
	if _, err := c.ask(ctx, "AWAY", params...); err != nil {
		return fmt.Errorf("irc: set the presence: %w", err)
	}
	return nil
}
