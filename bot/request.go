package bot

import (
	"context"
	"errors"
	"strings"

	"github.com/go-errbot/errbot/acl"
	"github.com/go-errbot/errbot/backend"
)

// Request is one run of a command. It belongs to the goroutine that runs the command.
type Request struct {
	// Message is what the user said, unchanged.
	Message *backend.Message
	// Args is what follows the command's name, without the white space around it.
	// For a pattern command it is all of the text after the prefix.
	Args string
	// Matches holds what a pattern command matched, each with its groups: the first
	// match, or all of them with [Command.MatchAll].
	Matches [][]string

	bot      *Bot
	entry    *entry
	redirect string // where a filter sent the request; "" when none did
	typed    string // the text after the prefix
	id       int64  // of the running command
}

// ErrBlocked is what a [Filter] returns to stop a request in silence.
var ErrBlocked = errors.New("blocked by a filter")

// Command returns the command that runs, by its registered name.
func (r *Request) Command() Command {
	if r.entry == nil {
		return Command{}
	}
	return r.entry.Command
}

// Host returns the view of the bot that belongs to the command's plugin.
func (r *Request) Host() *Host { return r.entry.host }

// From returns who asks.
func (r *Request) From() backend.Person { return r.Message.From }

// IsAdmin reports whether the asker is one of the bot's administrators.
func (r *Request) IsAdmin() bool { return r.bot.policy.IsAdmin(r.Message.From.ACL) }

// Group returns what the named group of the pattern matched first, or "".
func (r *Request) Group(name string) string {
	if r.entry.Pattern == nil || len(r.Matches) == 0 {
		return ""
	}
	i := r.entry.Pattern.SubexpIndex(name)
	if i < 0 {
		return ""
	}
	return r.Matches[0][i]
}

// Redirect sends the request to the named command with other arguments. It is for
// filters; access control decides about the command that will run in the end.
func (r *Request) Redirect(command, args string) {
	r.redirect, r.Args = normalName(command), args
}

// Reply answers where the command was given: in its thread, in private when the command
// is diverted. It may be called any number of times; answers arrive in order. It
// returns when the network has taken the answer, with the place of its first part. A
// failure that may pass has then been retried until the delivery time-out.
func (r *Request) Reply(ctx context.Context, text string) (backend.Ref, error) {
	return r.send(ctx, &backend.Message{Body: text})
}

// ReplyPlain is like [Request.Reply] for text that is not Markdown: it is shown exactly
// as it is.
func (r *Request) ReplyPlain(ctx context.Context, text string) (backend.Ref, error) {
	return r.send(ctx, &backend.Message{Body: text, Plain: true})
}

// ReplyTemplate answers with one of the plugin's templates.
func (r *Request) ReplyTemplate(ctx context.Context, name string, data any) (backend.Ref, error) {
	text, err := r.Host().Render(name, data)
	if err != nil {
		return backend.Ref{}, err
	}
	return r.Reply(ctx, text)
}

// ReplyCard answers with a card, or with its text on a network without cards.
func (r *Request) ReplyCard(ctx context.Context, c backend.Card) (backend.Ref, error) {
	return r.bot.out.sendCard(ctx, &c, &backend.Message{Ref: r.Target()})
}

// Deny answers as the host does when access rules refuse a command, which may be not at all.
// It is for commands that ask [Host.Decide] about what they are going to do.
func (r *Request) Deny(d acl.Decision) { r.bot.deny(r, d) }

// shown returns the command as logs and lists of what runs may show it: arguments that are not
// recorded may be secret.
func (r *Request) shown() string {
	if r.entry.NoHistory {
		return spokenName(r.entry.Name)
	}
	return r.typed
}

// Target returns where answers to the request go. It can be stored, and used with
// [Host.Send] long after the request has ended.
func (r *Request) Target() backend.Ref {
	m, name := r.Message, r.Command().Name
	if m.IsRoom() && r.bot.divertPrivate.has(name) {
		return backend.ToPerson(m.From)
	}
	target := backend.Ref{Room: m.Room, Person: m.Person, Thread: m.Thread}
	if target.Thread == "" && r.bot.divertThread.has(name) {
		target.Thread = m.ID
	}
	return target
}

func (r *Request) send(ctx context.Context, m *backend.Message) (backend.Ref, error) {
	m.Ref = r.Target()
	if m.IsRoom() && r.bot.cfg.GroupchatNickPrefixed {
		m.Body = r.bot.mention(r.Message.From) + startOfLine(m.Body)
	}
	return r.bot.out.send(ctx, m)
}

// startOfLine keeps a heading, list, table, quote or code block what it is when something is
// put before the text.
func startOfLine(body string) string {
	for _, block := range [...]string{"#", "- ", "* ", "+ ", ">", "|", "```"} {
		if strings.HasPrefix(body, block) {
			return "\n" + body
		}
	}
	return body
}
