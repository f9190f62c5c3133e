package st2

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/approval"
)

// Where the second factor is announced.
const (
	twofactorRoute = "2fa"
	twofactorEvent = client.AnnouncementPrefix + twofactorRoute
)

// releaseLongest is for how long a command may take to start after the second factor.
const releaseLongest = 2 * time.Minute

// waitingArgs name a command that waits.
type waitingArgs struct {
	ID string `arg:"id" help:"the id that the bot has told"`
}

// registerSecurity declares the commands about what waits.
func (p *Plugin) registerSecurity(r *bot.Registry) {
	r.Command(bot.Args(bot.Command{Name: "st2approve", Doc: "Approves a StackStorm command that somebody else has asked for.", NoHistory: true}, p.approve))
	r.Command(bot.Args(bot.Command{Name: "st2deny", Doc: "Denies a StackStorm command that waits for approval, or withdraws your own.", NoHistory: true}, p.deny))
	r.Command(bot.Args(bot.Command{Name: "st2audit", Doc: "Lists what was asked for, approved and denied.", Admin: true}, p.showAudit))
}

// holdBack takes up the commands that waited when the plugin was last stopped.
func (l *life) holdBack(ctx context.Context) (err error) {
	l.audit = approval.Audit{Store: l.host.Store, Log: l.log}
	l.approvals, err = approval.Open(ctx, approval.Options{
		Store: l.host.Store, Audit: l.audit, TTL: l.cfg.ApprovalTTL.Duration(), Expired: l.tellExpired,
	})
	return err
}

// waiting returns the command with an id, as people type it.
func (l *life) waiting(id string) (*approval.Command, error) {
	if c := l.approvals.Get(strings.ToLower(id)); c != nil {
		return c, nil
	}
	return nil, bot.Errorf(`Nothing waits as "%s". It may have expired.`, clip(id, 20))
}

// approve takes an approval, and runs the command when nothing is missing any more.
func (p *Plugin) approve(ctx context.Context, r *bot.Request, args waitingArgs) error {
	l := p.life.Load()
	c, err := l.waiting(args.ID)
	if err != nil {
		return err
	}
	if !c.IsOf(r.From()) && c.Rule.Approvals > 0 {
		if err := l.mayDecide(r, c); err != nil {
			return err
		}
	}
	_, missing, err := l.approvals.Approve(ctx, c.ID, r.Message)
	if err != nil {
		return &bot.UserError{Text: notApproved(err), Err: err}
	}
	if err := l.say(ctx, r, "Approved."+stillMissing(missing)); err != nil {
		l.log.Warn("an approval could not be acknowledged", "id", c.ID, "error", err)
	}
	if missing.Nothing() {
		return l.release(ctx, c)
	}
	return nil
}

// notApproved says why an approval does not count.
func notApproved(err error) string {
	switch {
	case errors.Is(err, approval.ErrOwn):
		return "You have asked for that yourself: somebody else has to approve it."
	case errors.Is(err, approval.ErrNotAsked):
		return "That waits for the asker's second factor, not for an approval."
	case errors.Is(err, approval.ErrNotRecorded):
		return "That cannot be recorded at present, so nothing was started. The log has the reason."
	}
	return "That does not count: " + err.Error() + "."
}

// stillMissing says what a command still waits for.
func stillMissing(m approval.Missing) string {
	text := ""
	if m.Approvals > 0 {
		text = fmt.Sprintf(" %d more must approve.", m.Approvals)
	}
	if m.Factor {
		text += " The asker's second factor is still missing."
	}
	return text
}

// mayDecide says why somebody may not approve or deny a command: who decides has to be
// allowed to run it, there where they decide.
func (l *life) mayDecide(r *bot.Request, c *approval.Command) error {
	if !c.Rule.MayApprove(r.From()) {
		return bot.Errorf("Only %s can decide about that.", strings.Join(c.Rule.Users, ", "))
	}
	if !l.allowed(r.Message, c.Text) {
		return bot.Errorf("You may not run that command here yourself, so you cannot decide about it.")
	}
	return nil
}

// allowed reports whether access control lets the sender of m run a command, as it is typed
// and as StackStorm will match it.
func (l *life) allowed(m *backend.Message, command string) bool {
	left, _ := withoutPairs(command)
	for _, text := range []string{command, left} {
		if decision, known := l.host.Decide(m, withPrefix(l.cfg.PluginPrefix, text)); !known || !decision.Allowed {
			return false
		}
	}
	return true
}

// deny ends a command's waiting.
func (p *Plugin) deny(ctx context.Context, r *bot.Request, args waitingArgs) error {
	l := p.life.Load()
	c, err := l.waiting(args.ID)
	if err != nil {
		return err
	}
	if !c.IsOf(r.From()) {
		if err := l.mayDecide(r, c); err != nil {
			return err
		}
	}
	event, err := l.approvals.Deny(ctx, c.ID, r.Message)
	if errors.Is(err, approval.ErrGone) {
		return bot.Errorf("That does not wait any more.")
	}
	if err != nil {
		l.log.Error("the end of a command that waited was not recorded", "id", c.ID, "error", err)
	}
	text := `"` + clip(c.Text, shownCommand) + `" was ` + event + ". Nothing was started."
	if asked := l.resume(c); asked.Target().Place() != r.Target().Place() {
		_ = l.say(ctx, asked, text) // has been logged
	}
	return l.say(ctx, r, text)
}

// resume returns the request of a command that has waited.
func (l *life) resume(c *approval.Command) *bot.Request {
	return l.host.Resume(c.Message(), commandName)
}

// tellExpired tells who asked for it that a command has waited for too long.
func (l *life) tellExpired(ctx context.Context, c *approval.Command) {
	text := `"` + clip(c.Text, shownCommand) + `" has expired: it was not approved or confirmed in time. Nothing was started.`
	_ = l.say(ctx, l.resume(c), text) // has been logged
}

// secondFactor takes the announcement that somebody has given their second factor.
func (l *life) secondFactor(e client.Event) {
	factor := confirmedSecret(e.Data)
	// Not here: the stream must go on.
	l.host.Go("second factor", func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, releaseLongest)
		defer cancel()
		c, missing, err := l.approvals.Confirm(ctx, factor)
		switch {
		case errors.Is(err, approval.ErrGone):
			l.log.Warn("a second factor was announced for which no command waits")
		case err != nil:
			l.log.Error("a command with a second factor was given up", "id", c.ID, "error", err)
		case missing.Nothing():
			if err := l.release(ctx, c); err != nil {
				l.log.Error("a command with a second factor was not started", "id", c.ID, "error", err)
			}
		}
		return nil
	})
}

// confirmedSecret returns the uuid of an announcement on the route 2fa: a parameter of the
// announcing action, or in the message of core.announcement or the context of
// chatops.post_message.
func confirmedSecret(data json.RawMessage) string {
	type holder struct {
		UUID string `json:"uuid"`
	}
	var event struct {
		Payload struct {
			UUID    json.RawMessage `json:"uuid"`
			Message json.RawMessage `json:"message"`
			Context json.RawMessage `json:"context"`
		} `json:"payload"`
	}
	if json.Unmarshal(data, &event) != nil {
		return ""
	}
	var uuid string
	if json.Unmarshal(event.Payload.UUID, &uuid) == nil && uuid != "" {
		return uuid
	}
	for _, part := range []json.RawMessage{event.Payload.Message, event.Payload.Context} {
		var h holder
		if json.Unmarshal(part, &h) == nil && h.UUID != "" {
			return h.UUID
		}
	}
	return ""
}

// release runs a command for which nothing is missing any more, if it still is what was
// asked for.
func (l *life) release(ctx context.Context, c *approval.Command) error {
	r := l.resume(c)
	refuse := func(why string) error {
		entry := c.Entry(approval.Refused)
		entry.Reason = why
		_ = l.audit.Add(ctx, entry) // has been logged
		return l.say(ctx, r, `"`+clip(c.Text, shownCommand)+`" was not started: `+why+". Please ask for it again.")
	}
	if !l.allowed(r.Message, c.Text) {
		return refuse("the asker may not run it any more")
	}
	speaker, err := l.speaker.clientFor(ctx, c.Asker)
	if err != nil {
		return refuse("the asker is not known to StackStorm any more")
	}
	match, err := speaker.Match(ctx, c.Text)
	switch {
	case errors.Is(err, client.ErrNoMatch), errors.Is(err, client.ErrAmbiguous), err == nil && meaning(match) != c.Meaning:
		return refuse("its alias has changed meanwhile")
	case err != nil:
		entry := c.Entry(approval.Refused)
		entry.Reason = problem(err)
		_ = l.audit.Add(ctx, entry) // has been logged
		return l.failed(ctx, r, c.Text, err)
	}
	if err := l.audit.Add(ctx, c.Entry(approval.Released)); err != nil {
		return refuse("it could not be recorded")
	}
	return l.execute(ctx, r, c.Text, &cleared{command: c, match: match})
}

// meaning stands for what a command does as it is matched: another one has another text.
func meaning(m client.Match) string {
	sum := sha256.New()
	for _, part := range []string{m.Alias.ID, m.Alias.Ref, m.Alias.ActionRef, m.Representation, string(m.Alias.Extra), string(m.Alias.Immutable)} {
		fmt.Fprintf(sum, "%d:%s", len(part), part)
	}
	return base64.RawStdEncoding.EncodeToString(sum.Sum(nil))
}
