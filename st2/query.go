package st2

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/st2/client"
)

// query is one run of a command about inquiries or executions.
type query struct {
	*life
	r *bot.Request
	c *client.Client // speaks for the asker
}

// queried makes a handler of a function that asks StackStorm on behalf of a user. Every
// error is told here, and none reaches the host, which logs the command with it: there
// may be secrets in that.
func queried[T any](p *Plugin, run func(ctx context.Context, q *query, args T) error) func(context.Context, *bot.Request, T) error {
	return func(ctx context.Context, r *bot.Request, args T) error {
		l := p.life.Load()
		c, err := l.speaker.clientFor(ctx, r.From())
		if err == nil {
			err = run(ctx, &query{l, r, c}, args)
		}
		if err == nil {
			return nil
		}
		return l.say(context.WithoutCancel(ctx), r, l.told(ctx, r.From().ACL, err))
	}
}

// told returns what a user is told about an error, which is logged.
func (l *life) told(ctx context.Context, from string, err error) string {
	var said *bot.UserError
	if errors.As(err, &said) {
		return said.Text
	}
	l.log.Warn("StackStorm could not be asked", "from", from, "error", err)
	switch {
	case ctx.Err() != nil:
		return "That was stopped before StackStorm had answered."
	case isOutage(err):
		l.health.suspect()
	}
	return l.explain("", err)
}

// answer says something to whom asked.
func (q *query) answer(ctx context.Context, lines ...string) error {
	return q.say(ctx, q.r, strings.TrimSpace(strings.Join(lines, "\n")))
}

// idArgs is the argument of commands about one thing.
type idArgs struct {
	ID string `arg:"id" help:"its id, or the beginning or end of it"`
}

// How much of an id has to be given.
const (
	shortestID = 4
	fullID     = 24
)

// whole returns the id that was meant: the whole one, or the only one of known that begins
// or ends so. what names the things.
func whole(what, typed string, known []string) (string, error) {
	id := strings.ToLower(strings.Trim(typed, "`'\"<>"))
	switch {
	case strings.Trim(id, "0123456789abcdef") != "" || len(id) > fullID:
		return "", bot.Errorf("%q is no id of %s.", clip(typed, fullID+4), what)
	case len(id) == fullID:
		return id, nil
	case len(id) < shortestID:
		return "", bot.Errorf("Please give at least %d characters of the id.", shortestID)
	}
	var found []string
	for _, k := range known {
		if (strings.HasPrefix(k, id) || strings.HasSuffix(k, id)) && !slices.Contains(found, k) {
			found = append(found, k)
		}
	}
	switch len(found) {
	case 0:
		return "", bot.Errorf("I know of no %s whose id begins or ends with %s. Please give the whole id.", what, id)
	case 1:
		return found[0], nil
	}
	return "", bot.Errorf("%s fits more than one %s: %s. Please give more of the id.", id, what, strings.Join(found[:min(len(found), 5)], ", "))
}
