package st2

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/st2/client"
)

// startedAnyway looks for the execution of a command whose request, sent at began, failed
// with err although it may have been started. It returns nil when there is none.
func (l *life) startedAnyway(ctx context.Context, r *bot.Request, began time.Time, err error) *client.Execution {
	if !errors.Is(err, client.ErrMaybeStarted) || ctx.Err() != nil {
		return nil
	}
	page, err := l.client.Executions(ctx, client.ExecutionQuery{
		NewestFirst: true, Include: []string{"status", "start_timestamp", "context", "parameters", "action"},
	})
	if err != nil {
		l.log.Debug("a command that may have been started could not be looked for", "error", err)
		return nil
	}
	// In whole seconds, by StackStorm's clock.
	since := cmp.Or(page.Date, time.Now()).Add(-time.Since(began) - time.Second)
	for _, e := range slices.Backward(page.Executions) {
		o := e.Origin()
		if o.AliasName != "" && o.ChatUser == r.From().Address && o.SourceChannel == r.Target().String() &&
			o.ReRunOf == "" && !e.Start.Before(since) && !l.courier.Knows(e.ID) {
			return &e
		}
	}
	return nil
}

// tellStarted tells that a command was started although its request failed with err.
func (l *life) tellStarted(ctx context.Context, r *bot.Request, command string, err error, e *client.Execution) error {
	l.logFault("StackStorm command started in spite of an error", r, command, err)
	text := " The command was started all the same, as execution " + e.ID + "; its result will follow."
	var api *client.APIError
	if errors.As(err, &api) && strings.Contains(api.Fault, "ECONNREFUSED") {
		text = " The command is stored as execution " + e.ID + " and may never run. If it does, its result will follow."
	}
	return l.say(ctx, r, maybeStarted(err)+text)
}
