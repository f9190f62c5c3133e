package delivery

import (
	"context"
	"errors"

	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/ledger"
)

// Event takes an announcement that the stream has brought. It waits while too much waits for the
// chat. The error is [ErrNothing], [ErrNowhere] or that of ctx.
func (c *Courier) Event(ctx context.Context, a client.Announcement) error {
	it, err := c.newItem(a)
	if err != nil {
		return err
	}
	c.recovery.awaitMissed(ctx)
	if err := c.lanes.space.take(ctx, it.cost); err != nil {
		return err
	}
	c.admit(it, func() bool {
		var verdict ledger.Verdict
		switch it.entry, verdict = c.ledger.Event(it.key); {
		case verdict == ledger.Known:
			signal(c.recovery.wake) // to be sure that it was not another one
			return false
		case verdict == ledger.Doubt && c.recovery.blind.Load():
			it.entry = c.ledger.Add(it.key)
		case verdict == ledger.Doubt:
			it.doubt = c.recovery.register(it.key)
		}
		return true
	})
	return nil
}

// Posted takes an announcement that was posted to the bot's web server; one of the stream with
// the same content is the same one. It waits, and fails, as [Courier.Event].
func (c *Courier) Posted(ctx context.Context, a client.Announcement) error {
	it, err := c.newItem(a)
	if err != nil {
		return err
	}
	if err := c.lanes.space.take(ctx, it.cost); err != nil {
		return err
	}
	it.posted = true
	c.admit(it, func() bool {
		entry, verdict := c.ledger.Message(it.key)
		it.entry = entry
		return verdict == ledger.Post
	})
	return nil
}

// errFull is why a list is not read on: so much waits for the chat that StackStorm had better
// keep the rest.
var errFull = errors.New("too much waits for the chat")

// listed takes what an execution has announced; command is the execution whose result it is, ""
// when that is not known. It does not wait: those in the lanes may wait for the list.
func (c *Courier) listed(ctx context.Context, a client.Announcement, e *client.Execution, command string) error {
	it, err := c.newItem(a)
	if err != nil { // nothing to show, or nobody to show it to
		return c.ledger.Baseline(ctx, []ledger.Entry{{ID: e.ID, Start: e.Start}})
	}
	if !c.lanes.space.tryTake(it.cost) {
		return errFull
	}
	c.admit(it, func() bool {
		entry, verdict := c.ledger.Listed(it.key, e.ID, e.Start)
		if verdict == ledger.Post || verdict == ledger.Claimed {
			c.ledger.SetAnswers(entry, command)
		}
		if verdict != ledger.Post || c.recovery.settle(entry) {
			return false
		}
		it.entry = entry
		return true
	})
	return nil
}

// admit queues it, for which there is space, if it is wanted. Whether it is, is asked while
// nobody else admits anything.
func (c *Courier) admit(it *item, wanted func() bool) {
	c.turn.Lock()
	defer c.turn.Unlock()
	if !wanted() {
		c.lanes.space.give(it.cost)
		return
	}
	if it.doubt == nil {
		it.expected, it.after = c.asked.arrived(it.Channel, it.User)
	}
	c.lanes.put(it.addresses()[0], it)
}
