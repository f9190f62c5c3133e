package st2

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/approval"
)

// errUnchecked is why nothing is started while the aliases cannot be read.
var errUnchecked = errors.New("the aliases could not be read")

// mustMatch reports whether a command has to be matched before it is started, since some
// alias asks for security. Where the aliases cannot be read, the last list counts.
func (l *life) mustMatch(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, aliasesWait)
	defer cancel()
	_, err := l.aliases.List(ctx)
	secured := l.aliases.Secured()
	if err == nil || secured {
		return secured, nil
	}
	if l.cfg.RequireSecurityCheck {
		return false, fmt.Errorf("%w: %w", errUnchecked, err)
	}
	l.log.Warn("the aliases could not be read: not known whether one asks for security", "error", err)
	return false, nil
}

// guarded starts a command, or lets it wait for what its alias asks for.
func (l *life) guarded(ctx context.Context, r *bot.Request, command string) error {
	must, err := l.mustMatch(ctx)
	if err != nil {
		l.logFault("StackStorm command not started", r, command, err)
		return l.say(ctx, r, "It cannot be checked at present whether that needs an approval, so nothing was started. Please try again in a while.")
	}
	if !must {
		return l.execute(ctx, r, command, nil)
	}
	c, err := l.speaker.clientFor(ctx, r.From())
	if err != nil {
		return err
	}
	match, err := c.Match(ctx, command)
	if errors.Is(err, client.ErrNoMatch) {
		return l.say(ctx, r, l.noMatch(ctx, r, c, command))
	}
	if err != nil {
		return l.failed(ctx, r, command, err)
	}
	rule, err := l.ruleOf(match)
	if err != nil {
		l.record(ctx, r, approval.Entry{Event: approval.Refused, Command: command, Alias: match.Alias.Ref, Reason: err.Error()})
		return l.say(ctx, r, "That command cannot be run, because of what its alias "+match.Alias.Ref+" asks for: "+sentence(err.Error())+" An administrator of StackStorm has to correct it.")
	}
	if !rule.Asks() {
		return l.execute(ctx, r, command, nil)
	}
	return l.hold(ctx, r, command, match, rule)
}

// ruleOf returns what has to be done before a match runs. The error says why it cannot run.
func (l *life) ruleOf(match client.Match) (approval.Rule, error) {
	rule, err := approval.ReadRule(match.Alias.Extra)
	if err != nil {
		return rule, err
	}
	// StackStorm executes aliases by their names without the pack, so with two of a name it
	// may run another than it has matched.
	aliases, _ := l.aliases.Last()
	for _, other := range aliases {
		if other.Name != match.Alias.Name || other.Ref == match.Alias.Ref {
			continue
		}
		if theirs, err := approval.ReadRule(other.Extra); rule.Asks() || err != nil || theirs.Asks() {
			return rule, fmt.Errorf("%s has the same name, and StackStorm may run either", other.Ref)
		}
	}
	switch {
	case rule.Asks() && slices.ContainsFunc(match.Alias.Formats, func(f client.Format) bool { return f.MatchMultiple }):
		return rule, errors.New("security and match_multiple do not go together")
	case rule.Twofactor && l.cfg.TwofactorAction == "":
		return rule, errors.New("it wants a second factor, and the bot's configuration has no twofactor_action")
	}
	return rule, nil
}

// hold lets a command wait.
func (l *life) hold(ctx context.Context, r *bot.Request, command string, match client.Match, rule approval.Rule) error {
	waits, factor, err := l.approvals.Hold(ctx, approval.Command{
		Rule: rule, Text: command, Alias: match.Alias.Ref, Meaning: meaning(match), Asker: r.From(), At: r.Message.Ref,
	})
	switch {
	case errors.Is(err, approval.ErrTooMany):
		return l.say(ctx, r, "Too many commands wait already. Withdraw one, or wait until one has expired.")
	case err != nil:
		return l.say(ctx, r, "That cannot be recorded at present, so it cannot be asked for. The log has the reason.")
	}
	// Said first: the second factor may be given at once, and its answers come after this.
	if err := l.say(ctx, r, l.askText(waits)); err != nil {
		return errors.Join(err, l.approvals.Drop(ctx, waits.ID))
	}
	if !rule.Twofactor {
		return nil
	}
	_, err = l.client.Execute(ctx, client.ExecuteRequest{Action: l.cfg.TwofactorAction, Parameters: map[string]any{
		"uuid":    factor,
		"user":    literal(r.From().Address),
		"channel": literal(r.Target().String()),
		"hint":    literal(match.Alias.Description),
	}})
	if err != nil {
		entry := waits.Entry(approval.Refused)
		entry.Reason = problem(err)
		_ = errors.Join(l.approvals.Drop(ctx, waits.ID), l.audit.Add(ctx, entry)) // what is left expires
		return l.failed(ctx, r, command, fmt.Errorf("ask for the second factor: %w", err))
	}
	return nil
}

// literal makes text that StackStorm does not take for a template.
func literal(text string) string {
	return strings.NewReplacer("{{", "{ {", "{%", "{ %", "{#", "{ #", "<%", "< %").Replace(text)
}

// askText says what a command waits for.
func (l *life) askText(c *approval.Command) string {
	text := `"` + clip(c.Text, shownCommand) + `" has to wait.`
	if c.Rule.Twofactor {
		text += " Confirm it with your second factor."
	}
	if n := c.Rule.Approvals; n > 0 {
		who := "Somebody else who may run it has"
		if n > 1 {
			who = fmt.Sprintf("%d others who may run it have", n)
		}
		text += " " + who + " to approve it: " + l.typed("st2approve "+c.ID) + ", or " + l.typed("st2deny "+c.ID) + "."
		if c.Rule.Users != nil {
			text += " That can be " + strings.Join(c.Rule.Users, ", ") + "."
		}
	}
	return text + " It expires in " + l.cfg.ApprovalTTL.Duration().String() + "."
}
