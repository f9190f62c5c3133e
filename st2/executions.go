package st2

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/exectext"
	"github.com/go-errbot/errbot/st2/internal/inquiry"
)

// registerExecutions declares the commands about executions.
func (p *Plugin) registerExecutions(r *bot.Registry) {
	add := func(name, doc string, make func(c bot.Command) bot.Command) {
		for _, n := range p.cfg.names("execution_" + name) {
			r.Command(make(bot.Command{Name: n, Doc: doc}))
		}
	}
	add("list", "Lists the latest executions of StackStorm.",
		func(c bot.Command) bot.Command { return bot.Args(c, queried(p, listExecutions)) })
	add("show", "Shows an execution and its result.",
		func(c bot.Command) bot.Command { return bot.Args(c, queried(p, showExecution)) })
	add("output", "Shows what an execution prints, while it runs.",
		func(c bot.Command) bot.Command { return bot.Args(c, queried(p, followOutput)) })
	add("cancel", "Cancels an execution.",
		func(c bot.Command) bot.Command { return bot.Args(c, queried(p, cancelExecution)) })
	add("rerun", "Runs an execution again, and brings its result.",
		func(c bot.Command) bot.Command { return bot.Args(c, queried(p, rerunExecution)) })
}

// recentExecutions is how many executions a short id is looked for in.
const recentExecutions = 100

// executionID returns the whole id of an execution.
func (q *query) executionID(ctx context.Context, typed string) (string, error) {
	id, err := whole("execution", typed, nil)
	if err == nil {
		return id, nil
	}
	known := slices.Clone(q.origins.ids())
	page, listErr := q.c.Executions(ctx, client.ExecutionQuery{NewestFirst: true, Limit: recentExecutions, Include: []string{"status"}})
	if listErr != nil && !errors.Is(listErr, client.ErrForbidden) {
		return "", listErr
	}
	for _, e := range page.Executions {
		known = append(known, e.ID)
	}
	return whole("execution", typed, known)
}

// execution returns the execution that was meant.
func (q *query) execution(ctx context.Context, typed string, attributes ...string) (client.Execution, error) {
	id, err := q.executionID(ctx, typed)
	if err != nil {
		return client.Execution{}, err
	}
	e, err := q.c.Execution(ctx, id, attributes...)
	return e, executionFault(id, err)
}

func executionFault(id string, err error) error {
	if errors.Is(err, client.ErrNotFound) {
		return &bot.UserError{Text: "StackStorm knows no execution " + id + ".", Err: err}
	}
	return err
}

// listArgs are the arguments of st2execution_list.
type listArgs struct {
	Limit int `flag:"limit" metavar:"N" default:"10" help:"how many to show, at most 100"`
}

// listExecutions is st2execution_list.
func listExecutions(ctx context.Context, q *query, args listArgs) error {
	if args.Limit < 1 || args.Limit > recentExecutions {
		return bot.Errorf("--limit has to be from 1 to %d.", recentExecutions)
	}
	page, err := q.c.Executions(ctx, client.ExecutionQuery{NewestFirst: true, Limit: args.Limit, Include: inquiry.Summary()})
	if err != nil {
		return err
	}
	var lines []string
	for i := range page.Executions {
		lines = append(lines, exectext.Line(&page.Executions[i]))
	}
	if len(lines) == 0 {
		lines = append(lines, "There is no execution that you may see.")
	}
	return q.answer(ctx, lines...)
}

// showExecution is st2execution_show.
func showExecution(ctx context.Context, q *query, args idArgs) error {
	e, err := q.execution(ctx, args.ID)
	if err != nil {
		return err
	}
	lines := []string{exectext.Line(&e)}
	if id := inquiry.Parent(&e); id != "" {
		lines = append(lines, "A task of execution "+id+".")
	}
	if origin := e.Origin(); origin.ReRunOf != "" {
		lines = append(lines, "Repeats execution "+origin.ReRunOf+".")
	}
	if e.Status == client.StatusPending {
		lines = append(lines, "It waits for an answer: "+q.typed(q.cfg.names("inquiry_show")[0]+" "+e.ID))
	}
	if p := exectext.Pretty(e.Parameters); p != "" {
		lines = append(lines, "Parameters: "+exectext.Cut(p, exectext.Shown))
	}
	if result := exectext.Result(&e); result != "" {
		lines = append(lines, "Result:", result)
	}
	if url := q.cfg.webURL(e); url != "" {
		lines = append(lines, url)
	}
	return q.answer(ctx, lines...)
}

// cancelExecution is st2execution_cancel.
func cancelExecution(ctx context.Context, q *query, args idArgs) error {
	id, err := q.executionID(ctx, args.ID)
	if err != nil {
		return err
	}
	text, err := q.cancel(ctx, id)
	if err != nil {
		return err
	}
	return q.answer(ctx, text)
}

// For how long the end of an execution is waited for that is being cancelled.
const (
	cancelTries = 20
	cancelPause = 500 * time.Millisecond
)

// cancel cancels an execution, waits for a while to see it end, and says what has become
// of it: "cancelled" only when it was.
func (q *query) cancel(ctx context.Context, id string) (string, error) {
	e, err := q.c.Cancel(ctx, id)
	if errors.Is(err, client.ErrNotCancelable) {
		return q.notCancelled(ctx, id)
	}
	if err != nil {
		return "", executionFault(id, err)
	}
	for try := 0; !e.Status.Final() && try < cancelTries && pause(ctx, cancelPause); try++ {
		if e, err = q.c.Execution(ctx, id, "status"); err != nil {
			return "", err
		}
	}
	switch {
	case e.Status == client.StatusCanceled:
		return "Execution " + id + " was cancelled.", nil
	case e.Status.Final():
		return fmt.Sprintf("Execution %s ended before it could be cancelled: %s.", id, e.Status), nil
	}
	return fmt.Sprintf("StackStorm has been asked to cancel execution %s, which is still %s.", id, e.Status), nil
}

func (q *query) notCancelled(ctx context.Context, id string) (string, error) {
	e, err := q.c.Execution(ctx, id, "status")
	switch {
	case err != nil:
		return "", err
	case e.Status == client.StatusPending:
		return "Execution " + id + " is an inquiry, which cannot be cancelled. " +
			q.typed(q.cfg.names("inquiry_cancel")[0]+" "+id) + " cancels its workflow.", nil
	}
	return fmt.Sprintf("Execution %s was not cancelled: its status is %s.", id, e.Status), nil
}
