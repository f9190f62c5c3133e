package irc

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lrstanley/girc"

	"github.com/go-errbot/errbot/backend"
)

// Send delivers one message, each of its lines as a message of its own, at the rates of the
// options. It returns when the server has confirmed the last line.
//
// When the connection ends in the middle, Send goes on with the next one until ctx ends. A
// line that was written and not confirmed is not sent again, since it may have arrived; the
// error then says so, and which line it was.
func (b *Backend) Send(ctx context.Context, m *backend.Message) (backend.Ref, error) {
	target, err := b.target(m.Ref)
	if err != nil {
		return backend.Ref{}, fmt.Errorf("irc: send: %w", err)
	}
	lines := b.lines(m, b.lineSize(target))
	var doubts []error
	for i, line := range lines {
		err := b.sendLine(ctx, target, m.IsRoom(), line)
		var again *backend.RetryableError
		for i > 0 && errors.As(err, &again) && b.wait(ctx, again.After) {
			err = b.sendLine(ctx, target, m.IsRoom(), line)
		}
		switch {
		case err == nil:
		case errors.Is(err, errInDoubt) && ctx.Err() == nil:
			doubts = append(doubts, fmt.Errorf("line %d of %d: %w", i+1, len(lines), err))
		case i > 0: // not to be tried again: a part has arrived
			return backend.Ref{}, fmt.Errorf("irc: send: stopped before line %d of %d: %w", i+1, len(lines), final{err})
		default:
			return backend.Ref{}, fmt.Errorf("irc: send: %w", err)
		}
	}
	if err := errors.Join(doubts...); err != nil {
		return backend.Ref{}, fmt.Errorf("irc: send: %w", err)
	}
	return m.Ref, nil
}

// final hides that an error says "try again"; the rest of it stays.
type final struct{ error }

// Is implements the interface of [errors.Is].
func (f final) Is(target error) bool { return errors.Is(f.error, target) }

// retryDelay is the shortest pause before a line is tried again.
const retryDelay = 200 * time.Millisecond

// wait waits before a line is tried again, and reports whether ctx lets it.
func (b *Backend) wait(ctx context.Context, after time.Duration) bool {
	select {
	case <-time.After(max(after, retryDelay)):
		return true
	case <-ctx.Done():
		return false
	}
}

// target returns the name that stands behind PRIVMSG.
func (b *Backend) target(ref backend.Ref) (string, error) {
	switch {
	case ref.Room != nil && isRoom(ref.Room.Address, b.network().chanTypes):
		return ref.Room.Address, nil
	case ref.Room == nil && ref.Person != nil && isNick(nickOf(ref.Person.Address)):
		return nickOf(ref.Person.Address), nil
	}
	return "", fmt.Errorf("%w: %s", backend.ErrUnknown, ref)
}

// sendLine sends one line when it is its turn.
func (b *Backend) sendLine(ctx context.Context, target string, toRoom bool, line string) error {
	c, err := b.current()
	if err != nil {
		return err
	}
	limit := b.rates.private
	if toRoom {
		limit = b.rates.room
		if err := c.awaitRoom(ctx, target); err != nil {
			return err
		}
	}
	if err := limit.Wait(ctx); err != nil {
		return fmt.Errorf("wait for the rate limit: %w", err)
	}
	replies, err := c.ask(ctx, girc.PRIVMSG, target, line)
	if err != nil {
		return err
	}
	if err := tooFast(replies); err != nil {
		return &backend.RetryableError{Err: err, After: slowDown}
	}
	err = c.refusal(replies, target)
	switch in, settled := c.isIn(target); {
	case err == nil:
		return nil
	case toRoom && !in && settled == nil && c.isNew():
		return &backend.RetryableError{Err: err, After: time.Second}
	case toRoom && !in && settled != nil: // kicked at this moment
		return &backend.RetryableError{Err: err, After: time.Second}
	case !toRoom && c.isSplit(target):
		return &backend.RetryableError{Err: fmt.Errorf("lost in a netsplit: %w", err), After: 10 * time.Second}
	}
	return err
}

// slowDown is how long to wait when the network finds the bot too fast. It does not say.
const slowDown = 3 * time.Second

// What networks answer to who is too fast, beside RPL_TRYAGAIN: ircu and its kin, and
// charybdis and its kin.
const (
	errTargetTooFast = "439"
	errTargetChange  = "707"
)

// tooFast returns the answer that the line was not taken because the bot is too fast.
func tooFast(replies []*girc.Event) error {
	for _, e := range replies {
		switch e.Command {
		case girc.RPL_TRYAGAIN, errTargetTooFast, errTargetChange:
			return &numericError{code: e.Command, text: e.Last()}
		}
	}
	return nil
}

// awaitRoom waits until an attempt to join the room has ended, if there is one.
func (c *conn) awaitRoom(ctx context.Context, name string) error {
	in, settled := c.isIn(name)
	if in || settled == nil {
		return nil
	}
	select {
	case <-settled:
		return nil
	case <-c.closed:
		return &backend.RetryableError{Err: errNotConnected}
	case <-ctx.Done():
		return ctx.Err()
	}
}

// lineSize returns how many bytes of text fit into a line to target: 512, less what the
// server puts before it when it passes it on. User and host may become longer than they are
// now, up to what networks allow.
func (b *Backend) lineSize(target string) int {
	const whole, longestUser, longestHost = 512, 11, 64
	self := b.mask()
	prefix := len(":!@ ") + len(self.Name) + max(len(self.Ident), longestUser) + max(len(self.Host), longestHost)
	return max(whole-prefix-len("PRIVMSG  :\r\n")-len(target), 50)
}
