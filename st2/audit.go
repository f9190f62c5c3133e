package st2

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/guard"
)

// cleared is a command that has what its alias asks for.
type cleared struct {
	command *guard.Command
	match   client.Match
}

// start starts a command; one that was cleared as the alias and format that it was cleared
// as, any other, for which c is nil, as what StackStorm matches.
func (c *cleared) start(ctx context.Context, st2 *client.Client, m client.MatchRequest) ([]client.AliasExecution, error) {
	if c == nil {
		return st2.MatchAndExecute(ctx, m)
	}
	started, err := st2.ExecuteAlias(ctx, client.AliasRequest{
		Name:              c.match.Alias.Name,
		Format:            c.match.Representation,
		Command:           m.Command,
		User:              m.User,
		SourceChannel:     m.SourceChannel,
		NotificationRoute: m.NotificationRoute,
	})
	if err != nil {
		return nil, err
	}
	return []client.AliasExecution{started}, nil
}

// auditStart records the start of a cleared command, and of one that should have been.
func (l *life) auditStart(ctx context.Context, r *bot.Request, command string, s client.AliasExecution, c *cleared) {
	ctx = context.WithoutCancel(ctx) // it has been started
	entry := guard.Entry{Command: command, Alias: s.Alias.Ref, Execution: s.Execution.ID}
	rule, err := guard.ReadRule(s.Alias.Extra)
	switch {
	case c != nil && s.Alias.ID == c.match.Alias.ID:
		entry.Event = guard.Started
		_ = l.recordOf(ctx, c.command, r, entry) // has been logged
	case c != nil || err != nil || rule.Asks():
		entry.Event, entry.Reason = guard.Unchecked, "the alias changed, or the aliases could not be read"
		l.record(ctx, r, entry)
		l.host.NotifyAdmins(fmt.Sprintf("The StackStorm command %q of %s was started as %s, which asks for security, without it: execution %s.",
			clip(command, shownCommand), r.From().ACL, s.Alias.Ref, s.Execution.ID))
	}
}

// recordOf records something about a command that waits.
func (l *life) recordOf(ctx context.Context, c *guard.Command, r *bot.Request, e guard.Entry) error {
	e.ID, e.Command, e.Asker = c.ID, c.Text, c.Asker.ACL
	return l.write(ctx, r, e)
}

// record records something about the command of r.
func (l *life) record(ctx context.Context, r *bot.Request, e guard.Entry) {
	e.Asker = r.From().ACL
	_ = l.write(ctx, r, e) // has been logged
}

// write puts an entry into the log and the store.
func (l *life) write(ctx context.Context, r *bot.Request, e guard.Entry) error {
	e.At, e.Place, e.Command = time.Now().UTC(), r.Message.Ref.String(), clip(e.Command, 500)
	l.log.Warn("security", "event", e.Event, "id", e.ID, "command", e.Command, "alias", e.Alias, "asker", e.Asker,
		"by", e.By, "place", e.Place, "execution", e.Execution, "reason", e.Reason)
	err := l.security.audit.Add(ctx, e)
	if err != nil {
		l.log.Error("the audit could not be written", "event", e.Event, "id", e.ID, "error", err)
	}
	return err
}

// showAudit lists the last entries of the audit.
func (p *Plugin) showAudit(ctx context.Context, r *bot.Request, args auditArgs) error {
	l := p.life.Load()
	if args.Limit < 1 {
		return l.say(ctx, r, "--limit must be positive.")
	}
	entries, err := l.security.audit.Last(ctx, args.Limit)
	if err != nil {
		return err
	}
	if len(entries) == 0 {
		return l.say(ctx, r, "Nothing has been asked for yet.")
	}
	var text strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&text, "%s  %-9s", e.At.Format("2006-01-02 15:04:05Z"), e.Event)
		for _, part := range []struct{ label, value string }{
			{"", e.ID}, {"", `"` + clip(e.Command, shownCommand) + `"`}, {"asked by ", e.Asker}, {"by ", e.By},
			{"in ", e.Place}, {"as ", e.Alias}, {"execution ", e.Execution}, {"because ", e.Reason},
		} {
			if part.value != "" {
				text.WriteString(" " + part.label + part.value)
			}
		}
		text.WriteString("\n")
	}
	return l.say(ctx, r, strings.TrimRight(text.String(), "\n"))
}
