package st2

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/guard"
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

// auditArgs are the arguments of st2audit.
type auditArgs struct {
	Limit int `flag:"limit" metavar:"N" default:"20" help:"how many of the last entries to show"`
}

// registerSecurity declares the commands about what waits.
func (p *Plugin) registerSecurity(r *bot.Registry) {
	r.Command(bot.Args(bot.Command{Name: "st2approve", Doc: "Approves a StackStorm command that somebody else has asked for.", NoHistory: true}, p.approve))
	r.Command(bot.Args(bot.Command{Name: "st2deny", Doc: "Denies a StackStorm command that waits for approval, or withdraws your own.", NoHistory: true}, p.deny))
	r.Command(bot.Args(bot.Command{Name: "st2audit", Doc: "Lists what was asked for, approved and denied.", Admin: true}, p.showAudit))
}

// approve takes an approval, and runs the command when nothing is missing any more.
func (p *Plugin) approve(ctx context.Context, r *bot.Request, args waitingArgs) error {
	l := p.life.Load()
	c := l.security.Get(strings.ToLower(args.ID))
	switch {
	case c == nil:
		return l.say(ctx, r, `Nothing waits as "`+clip(args.ID, 20)+`". It may have expired.`)
	case guard.Same(c.Asker, r.From()):
		return l.say(ctx, r, "You have asked for that yourself: somebody else has to approve it.")
	case c.Rule.Approvals == 0:
		return l.say(ctx, r, "That waits for the asker's second factor, not for an approval.")
	}
	if reason := l.mayNotDecide(r, c); reason != "" {
		return l.say(ctx, r, reason)
	}
	missing, err := l.security.Approve(c, r.From())
	if err != nil {
		return l.say(ctx, r, "That does not count: "+err.Error()+".")
	}
	if err := l.recordOf(ctx, c, r, guard.Entry{Event: guard.Approved, By: r.From().ACL}); err != nil {
		l.security.End(c)
		l.security.take(c)
		return l.say(ctx, r, "That cannot be recorded at present, so nothing was started. The log has the reason.")
	}
	if err := l.say(ctx, r, "Approved."+stillMissing(missing)); err != nil {
		l.log.Warn("an approval could not be acknowledged", "id", c.ID, "error", err)
	}
	if missing.Nothing() {
		return l.release(ctx, c)
	}
	return nil
}

// stillMissing says what a command still waits for.
func stillMissing(m guard.Missing) string {
	text := ""
	if m.Approvals > 0 {
		text = fmt.Sprintf(" %d more must approve.", m.Approvals)
	}
	if m.Factor {
		text += " The asker's second factor is still missing."
	}
	return text
}

// mayNotDecide returns why somebody may not approve or deny a command, "" when they may:
// who decides has to be allowed to run it, there where they decide.
func (l *life) mayNotDecide(r *bot.Request, c *guard.Command) string {
	if !c.Rule.MayApprove(r.From()) {
		return "Only " + strings.Join(c.Rule.Users, ", ") + " can decide about that."
	}
	if !l.allowed(r.Message, c.Text) {
		return "You may not run that command here yourself, so you cannot decide about it."
	}
	return ""
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
	c := l.security.Get(strings.ToLower(args.ID))
	if c == nil {
		return l.say(ctx, r, `Nothing waits as "`+clip(args.ID, 20)+`". It may have expired.`)
	}
	entry := guard.Entry{Event: guard.Withdrawn}
	if !guard.Same(c.Asker, r.From()) {
		if reason := l.mayNotDecide(r, c); reason != "" {
			return l.say(ctx, r, reason)
		}
		entry = guard.Entry{Event: guard.Denied, By: r.From().ACL}
	}
	if !l.security.End(c) {
		return l.say(ctx, r, "That does not wait any more.")
	}
	a := l.security.take(c)
	_ = l.recordOf(ctx, c, r, entry) // has been logged
	text := `"` + clip(c.Text, shownCommand) + `" was ` + entry.Event + ". Nothing was started."
	if a.request.Target().Place() != r.Target().Place() {
		_ = l.say(ctx, a.request, text) // has been logged
	}
	return l.say(ctx, r, text)
}

// secondFactor takes the announcement that somebody has given their second factor.
func (l *life) secondFactor(e client.Event) {
	c := l.security.BySecret(confirmedSecret(e.Data))
	if c == nil || !c.Rule.Twofactor {
		l.log.Warn("a second factor was announced for which no command waits")
		return
	}
	// Not here: the stream must go on.
	l.host.Go("second factor of "+c.ID, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, releaseLongest)
		defer cancel()
		missing, err := l.security.Confirm(c)
		if err != nil {
			return nil // it has expired or was denied meanwhile
		}
		l.security.mu.Lock()
		a := l.security.asked[c]
		l.security.mu.Unlock()
		if a != nil {
			_ = l.recordOf(ctx, c, a.request, guard.Entry{Event: guard.Confirmed}) // has been logged
		}
		if missing.Nothing() {
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
func (l *life) release(ctx context.Context, c *guard.Command) error {
	a := l.security.take(c)
	refuse := func(why string) error {
		_ = l.recordOf(ctx, c, a.request, guard.Entry{Event: guard.Refused, Alias: a.match.Alias.Ref, Reason: why}) // has been logged
		return l.say(ctx, a.request, `"`+clip(c.Text, shownCommand)+`" was not started: `+why+". Please ask for it again.")
	}
	if !l.allowed(a.request.Message, c.Text) {
		return refuse("the asker may not run it any more")
	}
	speaker, err := l.speaker.clientFor(ctx, c.Asker)
	if err != nil {
		return refuse("the asker is not known to StackStorm any more")
	}
	match, err := speaker.Match(ctx, c.Text)
	switch {
	case errors.Is(err, client.ErrNoMatch), errors.Is(err, client.ErrAmbiguous), err == nil && !sameMatch(match, a.match):
		return refuse("its alias has changed meanwhile")
	case err != nil:
		_ = l.recordOf(ctx, c, a.request, guard.Entry{Event: guard.Refused, Reason: problem(err)}) // has been logged
		return l.failed(ctx, a.request, c.Text, err)
	}
	if err := l.recordOf(ctx, c, a.request, guard.Entry{Event: guard.Released, Alias: match.Alias.Ref}); err != nil {
		return refuse("it could not be recorded")
	}
	return l.execute(ctx, a.request, c.Text, &cleared{command: c, match: match})
}

// sameMatch reports whether a command still means what it did.
func sameMatch(x, y client.Match) bool {
	return x.Alias.ID == y.Alias.ID && x.Alias.Ref == y.Alias.Ref && x.Alias.ActionRef == y.Alias.ActionRef &&
		x.Representation == y.Representation &&
		string(x.Alias.Extra) == string(y.Alias.Extra) && string(x.Alias.Immutable) == string(y.Alias.Immutable)
}
