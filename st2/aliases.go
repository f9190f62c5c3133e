package st2

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/aliasmatch"
)

// aliasesWait is for how long a command waits for the list of aliases.
const aliasesWait = 3 * time.Second

// aliasEvents are the events that tell of changed aliases.
const aliasEvents = "st2.actionalias__"

// streamEvents returns the events that are listened to.
func (l *life) streamEvents() []string {
	events := []string{client.AnnouncementPrefix + l.cfg.RouteKey, aliasEvents + "*"}
	if l.cfg.TwofactorAction != "" {
		events = append(events, twofactorEvent)
	}
	return events
}

// takeEvent sees to an event that is no announcement for the chat, and reports whether it
// was one.
func (l *life) takeEvent(e client.Event) bool {
	switch {
	case strings.HasPrefix(e.Name, aliasEvents):
		l.aliases.Invalidate()
	case e.Name == twofactorEvent && l.cfg.TwofactorAction != "":
		l.secondFactor(e)
	default:
		return false
	}
	return true
}

// streamState takes the stream's state. What changes while there is no stream is not told.
func (l *life) streamState(s client.State) {
	l.aliases.Invalidate()
	l.health.streamState(s)
	if s.Phase == client.Connected {
		l.courier.Connected()
	}
}

// warmUp reads the aliases before the first command needs them, where StackStorm is there.
func (l *life) warmUp(ctx context.Context) {
	if l.health.ready() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, aliasesWait)
	defer cancel()
	if _, err := l.aliases.List(ctx); err != nil {
		l.log.Info("StackStorm's aliases could not be listed", "error", err)
	}
}

// ambiguous answers a command that several aliases match, with those that the asker sees in
// StackStorm and may run, or with otherwise when they are not known.
func (l *life) ambiguous(ctx context.Context, r *bot.Request, command, otherwise string) string {
	ctx, cancel := context.WithTimeout(ctx, aliasesWait)
	defer cancel()
	c, err := l.speaker.clientFor(ctx, r.From())
	if err != nil {
		return otherwise
	}
	aliases, err := l.aliasesOf(ctx, c)
	if err != nil {
		l.log.Debug("no fresh candidates: the aliases could not be listed", "error", err)
	}
	left, _ := withoutPairs(command)
	var candidates []string
	for _, c := range aliasmatch.Candidates(aliases, left) {
		text := `"` + l.typed(withPrefix(l.cfg.PluginPrefix, clip(c.Display, shownCommand))) + `" (` + c.Alias + `)`
		if l.mayRun(r, c.Display) && !slices.Contains(candidates, text) {
			candidates = append(candidates, text)
		}
	}
	if len(candidates) < 2 {
		return otherwise
	}
	const most = 5
	more := ""
	if n := len(candidates); n > most {
		candidates, more = candidates[:most], " and others"
	}
	return `More than one StackStorm command matches "` + clip(command, shownCommand) + `": ` + strings.Join(candidates, ", ") + more + ". Please write it more precisely."
}

// aliasesOf returns the aliases that c's user sees. With an error they are the last ones that
// could be read.
func (l *life) aliasesOf(ctx context.Context, c *client.Client) ([]client.Alias, error) {
	if c != l.client {
		return l.views.List(ctx, c)
	}
	list, err := l.aliases.List(ctx)
	if err != nil {
		list, _ = l.aliases.Last()
	}
	return list, err
}
