package delivery

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/go-errbot/errbot/st2/client"
)

// How patiently results are waited for: StackStorm announces one some 5 to 9 s after the end of
// its execution.
const (
	watchEvery = 5 * time.Second  // between two looks at commands
	youngest   = 10 * time.Second // a command younger than that is not looked at
	grace      = 20 * time.Second // between a command's end and its announcement, at most
)

// watch looks after commands whose results do not come, until ctx ends.
func (c *Courier) watch(ctx context.Context) error {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-ticker.C:
			c.asked.giveUpBefore(now.Add(-holdLongest))
			if err := c.lookAfter(ctx, now); err != nil && ctx.Err() == nil {
				c.Log.Debug("the commands under way could not be looked at", "error", err)
			}
		}
	}
}

// lookAfter tells the results of commands that ended and were not announced.
func (c *Courier) lookAfter(ctx context.Context, now time.Time) error {
	for _, cmd := range c.commands.old(now) {
		c.forget(ctx, cmd)
	}
	if err := c.findEnded(ctx, now); err != nil {
		return err
	}
	late := c.commands.overdue(now.Add(-grace), c.ledger.Heard)
	if len(late) == 0 {
		return nil
	}
	// It may have been announced while nobody listened.
	if out := c.recovery.now(ctx, late[0].Started); out.err != nil {
		return out.err
	}
	var errs []error
	for _, cmd := range c.commands.overdue(now.Add(-grace), c.ledger.Heard) {
		errs = append(errs, c.tellResult(ctx, cmd))
	}
	return errors.Join(errs...)
}

// findEnded finds out which of the commands that nothing has been heard of have ended.
func (c *Courier) findEnded(ctx context.Context, now time.Time) error {
	for batch := range slices.Chunk(c.commands.due(now, c.ledger.Heard), pageSize) {
		var ids []string
		for _, cmd := range batch {
			ids = append(ids, cmd.ID)
		}
		page, err := c.StackStorm.Executions(ctx, client.ExecutionQuery{IDs: ids, Include: []string{"status"}})
		if err != nil {
			return err
		}
		for _, e := range page.Executions {
			if e.Status.Final() {
				c.commands.finished(e.ID, now)
			}
		}
	}
	return nil
}

// tellResult tells the result of a command whose announcement was lost on StackStorm's way.
func (c *Courier) tellResult(ctx context.Context, cmd *command) error {
	f, err := c.format(ctx, cmd.ID)
	if err != nil {
		return err
	}
	if f.Enabled != nil && !*f.Enabled {
		c.forget(ctx, cmd)
		return nil
	}
	c.Log.Warn("a result was not announced; it is taken from its execution", "execution", cmd.ID, "alias", cmd.Alias)
	it, err := c.newItem(client.Announcement{
		Route: c.Route, User: cmd.User, Channel: cmd.Channel, Message: f.Message, Extra: f.Extra, Status: f.status,
	})
	if err != nil { // an empty text
		c.forget(ctx, cmd)
		return nil
	}
	if err := c.lanes.space.take(ctx, it.cost); err != nil {
		return err
	}
	it.own = cmd
	c.commands.queue(cmd)
	c.admit(it, func() bool { return true })
	return nil
}
