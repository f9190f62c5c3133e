package bot

import (
	"context"
	"fmt"
	"regexp"
	"strings"
)

// Command is something that a chat user types. A Command without Pattern is called by
// its name; one with a Pattern is called by every message that the pattern matches.
type Command struct {
	// Name is what users type, with a space or an underscore between words:
	// "status plugins" and "status_plugins" are the same name. Where names begin
	// alike, the longest one wins. A command with a Pattern needs a name as well:
	// access rules, history and diverting go by it.
	Name string

	// Pattern makes this a pattern command. It is searched for anywhere in the
	// text after the prefix; anchor it to avoid that.
	Pattern *regexp.Regexp
	// Unprefixed lets the pattern match messages that are not addressed to the bot.
	Unprefixed bool
	// MatchAll hands all matches to the command at once, in [Request.Matches].
	MatchAll bool

	// Doc is the help text. Its first line is the summary. A "!" before a command's
	// name stands for whatever prefix the bot has.
	Doc string
	// Syntax describes the arguments: "<room> [topic]". [Args] fills it in.
	Syntax string
	// Usage, if set, is what help shows instead of name and syntax; pattern
	// commands without it show their pattern.
	Usage string

	Admin     bool // for the bot's administrators only
	Hidden    bool // not listed, not suggested
	NoHistory bool // not recorded, so that it cannot be recalled; its arguments are not logged

	// Run does the work.
	Run Handler

	err error // what is wrong with it, found before it is registered
}

// Handler runs a command. It is called on a worker of the host, with a context that
// ends at the command's deadline, when an administrator stops the command, and when
// its plugin is deactivated.
//
// An error made by [Errorf] is shown to the user as it is. Any other error is logged,
// and the user is told that something went wrong and where to look.
type Handler func(ctx context.Context, r *Request) error

// Text makes a Handler of a function that answers with one text. An empty text sends
// nothing.
func Text(run func(ctx context.Context, r *Request) (string, error)) Handler {
	return func(ctx context.Context, r *Request) error {
		text, err := run(ctx, r)
		if err != nil || text == "" {
			return err
		}
		_, err = r.Reply(ctx, text)
		return err
	}
}

// UserError is an error whose text is meant for the chat user: one plain sentence that
// says what to do next.
type UserError struct {
	Text string
	Err  error // the cause, for the log; may be nil
}

// Errorf returns a [UserError]. With %w it wraps a cause whose text is part of what the
// user sees.
func Errorf(format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &UserError{Text: err.Error(), Err: err}
}

// Error implements error.
func (e *UserError) Error() string { return e.Text }

// Unwrap returns the cause.
func (e *UserError) Unwrap() error { return e.Err }

// normalName returns name as it is registered: words joined by single underscores.
func normalName(name string) string {
	return strings.Join(strings.FieldsFunc(name, func(r rune) bool {
		return r == '_' || r == ' ' || r == '\t'
	}), "_")
}

// spokenName returns a registered name as people type it.
func spokenName(name string) string { return strings.ReplaceAll(name, "_", " ") }
