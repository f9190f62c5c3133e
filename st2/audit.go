package st2

import (
	"context"
	"fmt"
	"strings"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/approval"
)

// cleared is a command that has what its alias asks for.
type cleared struct {
	command *approval.Command
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
	rule, err := approval.ReadRule(s.Alias.Extra)
	switch {
	case c != nil && s.Alias.ID == c.match.Alias.ID:
		entry := c.command.Entry(approval.Started)
		entry.Execution = s.Execution.ID
		_ = l.audit.Add(ctx, entry) // has been logged
	case c != nil || err != nil || rule.Asks():
		l.record(ctx, r, approval.Entry{
			Event: approval.Unchecked, Command: command, Alias: s.Alias.Ref, Execution: s.Execution.ID,
			Reason: "the alias changed, or the aliases could not be read",
		})
		l.host.NotifyAdmins(fmt.Sprintf("The StackStorm command %q of %s was started as %s, which asks for security, without it: execution %s.",
			clip(command, shownCommand), r.From().ACL, s.Alias.Ref, s.Execution.ID))
	}
}

// record records something about the command of r.
func (l *life) record(ctx context.Context, r *bot.Request, e approval.Entry) {
	e.Asker, e.Place = r.From().ACL, r.Message.Ref.String()
	_ = l.audit.Add(ctx, e) // has been logged
}

// auditArgs are the arguments of st2audit.
type auditArgs struct {
	Limit int `flag:"limit" metavar:"N" default:"20" help:"how many of the last entries to show"`
}

// showAudit lists the last entries of the audit.
func (p *Plugin) showAudit(ctx context.Context, r *bot.Request, args auditArgs) error {
	l := p.life.Load()
	if args.Limit < 1 {
		return l.say(ctx, r, "--limit must be positive.")
	}
	entries, err := l.audit.Last(ctx, args.Limit)
	if err != nil {
		return err
	}
	if len(entries) == 0 {
		return l.say(ctx, r, "Nothing has been asked for yet.")
	}
	var lines []string
	for _, e := range entries {
		lines = append(lines, e.String())
	}
	return l.say(ctx, r, strings.Join(lines, "\n"))
}
