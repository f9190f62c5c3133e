package st2

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot/store"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/exectext"
)

const (
	rerunPrefix  = "rerun/"       // begins the keys of those whose results are waited for
	rerunLongest = 24 * time.Hour // for how long that is done, also over a restart
	rerunFirst   = 200 * time.Millisecond
	rerunPause   = 30 * time.Second // the longest between two looks
	maxReruns    = 100
	// rerunHolds is for how long the end of a conversation waits for a result, too.
	rerunHolds = 15 * time.Minute
)

// rerun is an execution that was started again and whose result the bot has yet to tell. It
// is stored until that is done: a bot that is killed meanwhile tells it at its next start.
type rerun struct {
	ID    string         `json:"id"`
	To    backend.Ref    `json:"to"`
	Asker backend.Person `json:"asker"`
	Since time.Time      `json:"since"`
}

// resumeReruns waits on for the results that were waited for when the plugin was last stopped.
func (l *life) resumeReruns(ctx context.Context) error {
	keys, err := l.host.Store.Keys(ctx, rerunPrefix)
	if err != nil {
		return fmt.Errorf("read the executions started again: %w", err)
	}
	for _, key := range keys {
		x, err := store.Load[*rerun](ctx, l.host.Store, key)
		if err != nil {
			return fmt.Errorf("read the executions started again: %w", err)
		}
		l.reruns.Add(1)
		l.await(x)
	}
	return nil
}

// await waits for the result of x, and tells it. It counts in l.reruns already.
func (l *life) await(x *rerun) {
	release := l.host.Hold()
	l.host.Go("result of execution "+x.ID, func(ctx context.Context) error {
		defer l.reruns.Add(-1)
		defer release()
		text := l.awaitResult(ctx, x, release)
		if ctx.Err() != nil {
			return nil // after the next start
		}
		var later *backend.RetryableError
		if err := l.tellAt(ctx, x.To, text); ctx.Err() != nil || errors.As(err, &later) {
			return nil
		}
		if err := l.host.Store.Delete(context.WithoutCancel(ctx), rerunPrefix+x.ID); err != nil {
			l.log.Warn("a result may be told again after a restart", "execution", x.ID, "error", err)
		}
		return nil
	})
}

// awaitResult waits for an execution to end and returns what to say about it.
func (l *life) awaitResult(ctx context.Context, x *rerun, release func()) string {
	c, err := l.speaker.clientFor(ctx, x.Asker)
	if err != nil {
		return "The result of execution " + x.ID + " cannot be asked for. " + l.told(ctx, x.Asker.ACL, err)
	}
	for delay := rerunFirst; time.Since(x.Since) < rerunLongest && pause(ctx, delay); delay = min(delay*3/2, rerunPause) {
		if time.Since(x.Since) > rerunHolds {
			release()
		}
		e, err := c.Execution(ctx, x.ID, "status")
		if err == nil && e.Status.Final() {
			e, err = c.Execution(ctx, x.ID)
		}
		switch {
		case errors.Is(err, client.ErrNotFound), errors.Is(err, client.ErrForbidden), isSaid(err):
			return l.told(ctx, x.Asker.ACL, executionFault(x.ID, err))
		case err != nil:
			l.log.Debug("the result of an execution could not be asked for", "execution", x.ID, "error", err)
		case e.Status.Final():
			return finalText(&e)
		}
	}
	return fmt.Sprintf("I do not wait any longer for the result of execution %s.", x.ID)
}

// finalText tells how an execution has ended.
func finalText(e *client.Execution) string {
	text := fmt.Sprintf("Execution %s of %s: %s after %s.", e.ID, e.Action.Ref, e.Status, exectext.Elapsed(e))
	if result := exectext.Result(e); result != "" {
		text += "\n" + result
	}
	return text
}

// tellAt says something that is not the answer to a command. A failure has been logged.
func (l *life) tellAt(ctx context.Context, at backend.Ref, text string) error {
	_, err := l.host.SendMessage(ctx, &backend.Message{Ref: at, Body: text, Plain: true})
	return err
}
