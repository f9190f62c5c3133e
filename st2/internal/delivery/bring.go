package delivery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/st2/internal/wording"
)

const (
	ackLongest = 2 * time.Minute // for how long a result waits for its acknowledgement

	// What the network does not take now is tried again after pauses from retryFirst to
	// retryLongest.
	retryFirst   = 200 * time.Millisecond
	retryLongest = 2 * time.Minute
	// resolveLongest is for how long an address is looked up again that is refused
	// otherwise.
	resolveLongest = 2 * time.Minute
)

// bring takes an item off its lane to the chat, and records that. An item that the end of ctx
// keeps from that is brought again by the list of executions, after a restart.
func (c *Courier) bring(ctx context.Context, it *item) {
	defer func() { c.asked.delivered(it.expected) }()
	if it.doubt != nil {
		if !c.isNew(ctx, it) {
			return
		}
		it.expected, it.after = c.asked.arrived(it.Channel, it.User)
	}
	it.awaitAcks(ctx)
	if !c.assign(ctx, it) {
		c.record(ctx, it)
		return
	}
	c.restore(ctx, it)
	if c.sendToCommand(ctx, it) || c.send(ctx, it) {
		c.record(ctx, it)
	}
}

// awaitAcks lets acknowledgements come before results.
func (it *item) awaitAcks(ctx context.Context) {
	if len(it.after) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, ackLongest)
	defer cancel()
	for _, acked := range it.after {
		select {
		case <-acked:
		case <-ctx.Done():
			return
		}
	}
}

// sendToCommand shows an item where its command was given, in its thread. It reports false when
// that is not known or not to be had.
func (c *Courier) sendToCommand(ctx context.Context, it *item) (delivered bool) {
	if it.to == nil || it.Whisper {
		return false
	}
	err := c.Chat.Show(ctx, *it.to, it.Announcement)
	if err != nil && ctx.Err() == nil {
		c.Log.Warn("a result cannot go where it was asked for", "to", it.to.String(), "error", err)
	}
	return err == nil
}

// send shows an item at the first of its addresses that the network knows. It reports false
// when the end of ctx kept it from that.
func (c *Courier) send(ctx context.Context, it *item) (seenTo bool) {
	for _, address := range it.addresses() {
		to, err := c.resolve(ctx, address)
		if err == nil {
			err = c.Chat.Show(ctx, to, it.Announcement)
		}
		switch {
		case err == nil:
			return true
		case ctx.Err() != nil:
			return false
		case !errors.Is(err, backend.ErrUnknown):
			c.Log.Error("an announcement was not delivered", "to", wording.Clip(address, 40), "bytes", len(it.Message), "error", err)
			return true
		}
		c.Log.Warn("an announcement is for somebody who is not known here", "to", wording.Clip(address, 40))
	}
	c.undeliverable(it)
	return true
}

// resolve finds out whom an address means. A network that cannot say just now is asked again.
func (c *Courier) resolve(ctx context.Context, address string) (to backend.Ref, err error) {
	deadline := time.Now().Add(resolveLongest)
	for delay := retryFirst; ; delay = min(2*delay, retryLongest) {
		to, err = c.Chat.Resolve(ctx, address)
		final := err == nil || errors.Is(err, backend.ErrUnknown) || !mayPass(err) && time.Now().After(deadline)
		if final || !pause(ctx, delay) {
			return to, err
		}
	}
}

// Persist sends until the network takes it, refuses it for good, or ctx ends: what may pass is
// not worth losing a result for. What may pass is a [backend.RetryableError] and a time-out
// of the sending.
func Persist(ctx context.Context, send func(ctx context.Context) error) error {
	for delay := retryFirst; ; delay = min(2*delay, retryLongest) {
		if err := send(ctx); err == nil || !mayPass(err) || !pause(ctx, delay) {
			return err
		}
	}
}

func mayPass(err error) bool {
	var again *backend.RetryableError
	return errors.As(err, &again) || errors.Is(err, context.DeadlineExceeded)
}

// undeliverable tells of an announcement that nobody will see.
func (c *Courier) undeliverable(it *item) {
	text := fmt.Sprintf("An announcement of StackStorm for channel %q and user %q could not be delivered: neither is known here.",
		wording.Clip(it.Channel, 40), wording.Clip(it.User, 40))
	if it.Whisper {
		text = fmt.Sprintf("A private announcement of StackStorm for user %q could not be delivered: there is nobody of that name here.", wording.Clip(it.User, 40))
	}
	c.Log.Error(text, "bytes", len(it.Message))
	c.Chat.NotifyAdmins(text)
}

// record notes that an item is in the chat, or not wanted there. It does so also while the bot
// is being stopped.
func (c *Courier) record(ctx context.Context, it *item) {
	ctx = context.WithoutCancel(ctx)
	var err error
	switch {
	case it.own == nil:
		err = c.ledger.Deliver(ctx, it.entry)
	case it.to != nil:
		err = c.commands.spend(ctx, it.own)
	}
	if err != nil {
		c.Log.Error("what was delivered may be delivered again after a restart", "error", err)
	}
	if it.answers != nil && (it.posted || c.recovery.blind.Load()) {
		c.forget(ctx, it.answers) // no list of executions will confirm it
	}
}

// forget ends the waiting for a command's result.
func (c *Courier) forget(ctx context.Context, cmd *command) {
	if err := c.commands.remove(ctx, cmd.ID); err != nil {
		c.Log.Warn("a command under way could not be forgotten", "execution", cmd.ID, "error", err)
	}
}
