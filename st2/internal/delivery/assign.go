package delivery

import (
	"context"
	"time"

	"github.com/go-errbot/errbot/st2/internal/ledger"
)

// noCommand is, in the place of an execution's id, that an announcement is nobody's result.
const noCommand = "-"

// assign finds the command that an item answers. It reports false when the item is not to be
// shown: of an announced result and the bot's own telling of it, only the first is.
func (c *Courier) assign(ctx context.Context, it *item) (wanted bool) {
	if it.own != nil {
		return c.assignOwn(it)
	}
	if c.commands.open() && !c.guess(it, c.recovery.blind.Load()) {
		if command, known := c.trace(ctx, it.entry); known {
			c.turn.Lock()
			c.ledger.SetAnswers(it.entry, command)
			c.turn.Unlock()
		} else {
			c.guess(it, true)
		}
	}
	c.turn.Lock()
	defer c.turn.Unlock()
	cmd := c.commands.get(c.ledger.Answers(it.entry))
	if cmd == nil {
		return true
	}
	it.answers, it.to = cmd, &cmd.To
	return !c.commands.told(cmd)
}

// assignOwn begins the bot's own telling of a result, unless it has been announced by now.
func (c *Courier) assignOwn(it *item) (wanted bool) {
	c.turn.Lock()
	defer c.turn.Unlock()
	wanted = !c.ledger.Heard(it.own.ID)
	c.commands.tell(it.own, wanted)
	if wanted {
		it.to = &it.own.To
	}
	return wanted
}

// guess notes which command an item answers, as far as channel, user and text tell, unless
// that is known. It reports false when there is a doubt; with anyway there is none.
func (c *Courier) guess(it *item, anyway bool) (certain bool) {
	c.turn.Lock()
	defer c.turn.Unlock()
	if c.ledger.Answers(it.entry) != "" {
		return true
	}
	cmd, certain := c.commands.guess(it.Channel, it.User, it.Message, c.ledger.Heard)
	certain = certain || anyway
	if cmd != nil && certain {
		c.ledger.SetAnswers(it.entry, cmd.ID)
	}
	return certain
}

// trace asks StackStorm which command an announcement of the stream answers. It is not known
// when that cannot be found out soon.
func (c *Courier) trace(ctx context.Context, e *ledger.Entry) (command string, known bool) {
	for delay := firstLook; delay < lastLook; delay *= 2 {
		out := c.recovery.now(ctx, time.Time{})
		if id := c.ledger.Execution(e); id != "" {
			command = c.recovery.commandOf(id)
			return command, command != ""
		}
		if out.err != nil || !out.announcing[e.Key] || !pause(ctx, delay) {
			return "", false
		}
	}
	return "", false
}
