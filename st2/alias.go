package st2

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/st2/client"
)

// maxCommand is the longest command in bytes. Every alias's expression is tried on it.
const maxCommand = 32 << 10

// commandPattern returns what a StackStorm command looks like after the bot's prefix.
func commandPattern(prefix string) string {
	if prefix == "" {
		return `(?s)^(.+)$`
	}
	return `(?s)^` + regexp.QuoteMeta(prefix) + `(?:[\s\pZ]+(.*))?$`
}

// run runs what was typed after the plugin's prefix.
func (p *Plugin) run(ctx context.Context, r *bot.Request) error {
	l := p.life.Load()
	command := normalise(r.Matches[0][1])
	switch {
	case command == "":
		return l.say(ctx, r, "Which StackStorm command? "+l.typed("st2help")+" lists what there is.")
	case len(command) > maxCommand:
		return l.say(ctx, r, fmt.Sprintf("The command is too long: StackStorm is sent at most %d bytes.", maxCommand))
	}
	if denied, err := l.denied(ctx, r, command); denied {
		return err
	}
	return l.guarded(ctx, r, command)
}

// typed returns a command as a user of this bot types it.
func (l *life) typed(command string) string { return l.botPrefix + command }

// say answers with text that is not Markdown; nothing when it is empty.
func (l *life) say(ctx context.Context, r *bot.Request, text string) error {
	if text == "" {
		return nil
	}
	_, err := r.ReplyPlain(ctx, text)
	return err
}

// denied asks access control about what StackStorm will match, where that is not what was
// typed: the rules of "apu start" count for "apu a=1 start web a=1" as well.
func (l *life) denied(ctx context.Context, r *bot.Request, command string) (bool, error) {
	left, inside := withoutPairs(command)
	if left == command {
		return false, nil
	}
	if inside && l.cfg.PluginPrefix == "" {
		// What is left may begin with the name of another command, whose rules are
		// not those of this one.
		return true, l.say(ctx, r, "StackStorm would take the key=value pairs away in the middle, too. Please write them differently there.")
	}
	decision, known := l.host.Decide(r.Message, withPrefix(l.cfg.PluginPrefix, left))
	if known && decision.Allowed {
		return false, nil
	}
	l.log.Warn("StackStorm would match something else than was typed", "command", clip(command, 200), "matched", clip(left, 200))
	r.Deny(decision)
	return true, nil
}

// execute starts a command with one request and acknowledges it. What has been approved is
// started as the alias that it was approved as.
func (l *life) execute(ctx context.Context, r *bot.Request, command string, approved *cleared) error {
	c, err := l.speaker.clientFor(ctx, r.From())
	if err != nil {
		return err
	}
	from, at := r.From().Address, r.Target().String()
	began := time.Now()
	expected := l.courier.Expect(r.Target(), from, l.host.Hold())
	defer expected.Acknowledged()
	starting := l.started.begin(r.Target())
	defer starting.end()
	started, err := approved.start(ctx, c, client.MatchRequest{
		Command:           command,
		User:              from,
		SourceChannel:     at,
		NotificationRoute: l.cfg.RouteKey,
	})
	if errors.Is(err, client.ErrNoMatch) || err == nil && len(started) == 0 {
		return l.say(ctx, r, l.noMatch(ctx, r, c, command))
	}
	if found := l.startedAnyway(ctx, r, began, err); found != nil {
		expected.Started(ctx, r.Target(), *found)
		return l.tellStarted(ctx, r, command, err, found)
	}
	if err != nil {
		return l.failed(ctx, r, command, err)
	}
	for _, s := range started {
		starting.add(s.Execution.ID)
		if !isFalse(s.Alias.Result.Enabled) {
			expected.Started(ctx, l.inThread(r, s.Alias.Result.Extra).Target(), s.Execution)
		}
	}
	for _, s := range started {
		l.auditStart(ctx, r, command, s, approved)
		if err := l.acknowledge(ctx, r, s); err != nil {
			return err
		}
	}
	return nil
}

func (l *life) acknowledge(ctx context.Context, r *bot.Request, s client.AliasExecution) error {
	err := l.showAck(ctx, r, s, l.ackText(s))
	l.log.Info("StackStorm command started", "execution", s.Execution.ID, "alias", s.Alias.Ref, "from", r.From().ACL)
	return err
}

// ackText returns what says that a command has been started, "" when nothing is to be said.
// StackStorm has rendered the alias's own text already.
func (l *life) ackText(s client.AliasExecution) string {
	if isFalse(s.Alias.Ack.Enabled) {
		return ""
	}
	text := "Started, as execution " + s.Execution.ID + "."
	if s.Message != nil {
		text = *s.Message
	}
	if url := l.cfg.webURL(s.Execution); url != "" && isTrue(s.Alias.Ack.AppendURL) {
		text = strings.TrimSpace(text + "\nDetails: " + url)
	}
	return text
}

// isFalse and isTrue read switches that may not be set.
func isFalse(b *bool) bool { return b != nil && !*b }
func isTrue(b *bool) bool  { return b != nil && *b }
