package st2

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/exectext"
	"github.com/go-errbot/errbot/st2/internal/guard"
)

const (
	rerunLongest = 24 * time.Hour // for how long a result is waited for
	// rerunHolds is for how long the end of a conversation waits for it, too.
	rerunHolds = 15 * time.Minute
	rerunFirst = 200 * time.Millisecond
	rerunPause = 30 * time.Second // the longest between two looks
	maxReruns  = 100
)

// rerunExecution is st2execution_rerun. StackStorm copies neither whom to notify nor where
// a command came from: no announcement follows, and the bot brings the result itself.
func rerunExecution(ctx context.Context, q *query, args idArgs) error {
	id, err := q.executionID(ctx, args.ID)
	if err != nil {
		return err
	}
	if err := q.mayRerun(ctx, id); err != nil {
		return err
	}
	if q.reruns.Add(1) > maxReruns {
		q.reruns.Add(-1)
		return bot.Errorf("I am waiting for too many results already. Please try again later.")
	}
	at := q.r.Target()
	starting := q.started.begin(at)
	defer starting.end()
	e, err := q.c.ReRun(ctx, id, nil)
	if err != nil {
		q.reruns.Add(-1)
		return executionFault(id, err)
	}
	starting.add(e.ID)
	q.log.Info("StackStorm execution started again", "execution", e.ID, "of", id, "from", q.r.From().ACL)
	err = q.answer(ctx, "Execution "+id+" runs again, as execution "+e.ID+".")
	l, c, release := q.life, q.c, q.host.Hold()
	l.host.Go("result of execution "+e.ID, func(ctx context.Context) error {
		defer l.reruns.Add(-1)
		defer release()
		l.tellAt(ctx, at, l.awaitResult(ctx, c, e.ID, release))
		return nil
	})
	return err
}

// mayRerun refuses what the asker could not start by its command: access rules and a second
// factor count for an execution's id as they do for the command.
func (q *query) mayRerun(ctx context.Context, id string) error {
	e, err := q.c.Execution(ctx, id, "context", "action")
	if err != nil {
		return executionFault(id, err)
	}
	aliases, err := q.aliases.get(ctx)
	if err != nil {
		q.log.Warn("the aliases could not be read: an execution is not started again", "execution", id, "error", err)
		return bot.Errorf("It cannot be checked at present whether you may do that. Please try again in a while.")
	}
	known := e.Origin().AliasID == ""
	for _, a := range aliases {
		if !ledTo(a, &e) {
			continue
		}
		known = a.Enabled
		if rule, err := guard.ReadRule(a.Extra); err != nil || rule.Asks() {
			return bot.Errorf("Execution %s is of a command that needs a confirmation. Give the command again.", id)
		}
		for _, f := range a.Formats {
			if text := cmp.Or(f.Display, first(f.Representation)); !q.mayRun(q.r, text) {
				return bot.Errorf("You are not allowed to start %s again.", a.Ref)
			}
		}
	}
	if !known {
		return bot.Errorf("Execution %s is of a command that StackStorm no longer has.", id)
	}
	return nil
}

// ledTo reports whether e may be of an alias: it says so itself, or, when it comes from no
// alias, the alias runs the same action.
func ledTo(a client.Alias, e *client.Execution) bool {
	if origin := e.Origin(); origin.AliasID != "" {
		return a.ID == origin.AliasID
	}
	return a.ActionRef == e.Action.Ref
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// awaitResult waits for an execution to end and returns what to say about it.
func (l *life) awaitResult(ctx context.Context, c *client.Client, id string, release func()) string {
	begin := time.Now()
	for delay := rerunFirst; time.Since(begin) < rerunLongest && pause(ctx, delay); delay = min(delay*3/2, rerunPause) {
		if time.Since(begin) > rerunHolds {
			release()
		}
		e, err := c.Execution(ctx, id, "status")
		if err == nil && e.Status.Final() {
			e, err = c.Execution(ctx, id)
		}
		switch {
		case errors.Is(err, client.ErrNotFound), errors.Is(err, client.ErrForbidden):
			return l.told(ctx, "", executionFault(id, err))
		case err != nil:
			l.log.Debug("the result of an execution could not be asked for", "execution", id, "error", err)
		case e.Status.Final():
			return finalText(&e)
		}
	}
	if ctx.Err() != nil {
		return "" // the bot stops; where it said so, the execution can be found
	}
	return fmt.Sprintf("I do not wait any longer for the result of execution %s.", id)
}

// finalText tells how an execution has ended.
func finalText(e *client.Execution) string {
	text := fmt.Sprintf("Execution %s of %s: %s after %s.", e.ID, e.Action.Ref, e.Status, exectext.Elapsed(e))
	if result := exectext.Result(e); result != "" {
		text += "\n" + result
	}
	return text
}
