package st2

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/exectext"
)

const (
	rerunLongest = 24 * time.Hour // for how long a result is waited for
	rerunFirst   = 200 * time.Millisecond
	rerunPause   = 30 * time.Second // the longest between two looks
	maxReruns    = 100
)

// rerunExecution is st2execution_rerun. StackStorm copies neither whom to notify nor where
// a command came from: no announcement follows, and the bot brings the result itself.
func rerunExecution(ctx context.Context, q *query, args idArgs) error {
	id, err := q.executionID(ctx, args.ID)
	if err != nil {
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

// awaitResult waits for an execution to end and returns what to say about it.
func (l *life) awaitResult(ctx context.Context, c *client.Client, id string, release func()) string {
	begin := time.Now()
	for delay := rerunFirst; time.Since(begin) < rerunLongest && pause(ctx, delay); delay = min(delay*3/2, rerunPause) {
		if time.Since(begin) > holdLongest {
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
