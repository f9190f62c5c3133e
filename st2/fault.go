package st2

import (
	"context"
	"errors"
	"strings"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/wording"
)

// shownCommand is how many characters of a command are repeated in an answer.
const shownCommand = 80

// failed tells why a command could not be started, in one plain sentence that says what to do
// next. The log has the rest.
func (l *life) failed(ctx context.Context, r *bot.Request, command string, err error) error {
	if ctx.Err() != nil && !errors.Is(err, client.ErrMaybeStarted) || isSaid(err) {
		return err
	}
	l.logFault("StackStorm command not started", r, command, err)
	if isOutage(err) {
		l.health.suspect()
	}
	text := l.explain(command, err)
	if errors.Is(err, client.ErrAmbiguous) {
		text = l.ambiguous(ctx, r, command, text)
	}
	if isOutage(err) && !errors.Is(err, client.ErrMaybeStarted) {
		text += " Nothing was started."
	}
	return l.say(context.WithoutCancel(ctx), r, text)
}

// isSaid reports whether an error already is in words for the chat user: the host shows them.
func isSaid(err error) bool {
	var said *bot.UserError
	return errors.As(err, &said)
}

// isRefusal reports whether StackStorm does not know the bot any more.
func isRefusal(err error) bool {
	return errors.Is(err, client.ErrUnauthorized) || errors.Is(err, client.ErrCredentialRejected) || errors.Is(err, client.ErrUserGone)
}

// isOutage reports whether no command would work at present.
func isOutage(err error) bool { return isRefusal(err) || errors.Is(err, client.ErrUnavailable) }

// explain returns what a chat user is told about an error.
func (l *life) explain(command string, err error) string {
	var api *client.APIError
	isAnswer := errors.As(err, &api)
	switch {
	case errors.Is(err, client.ErrAmbiguous):
		return `More than one StackStorm command matches "` + clip(command, shownCommand) + `". Please write it more precisely; ` +
			l.typed("st2help") + " lists what there is."
	case errors.Is(err, client.ErrMaybeStarted):
		return maybeStarted(err) + " The command may have been started all the same: look before you repeat it."
	case isRefusal(err):
		return "StackStorm does not accept the bot's credentials. An administrator of the bot has to correct them."
	case errors.Is(err, client.ErrForbidden) && isAnswer:
		return "StackStorm does not permit that: " + sentence(api.FirstLine())
	case errors.Is(err, client.ErrUnavailable):
		return "StackStorm cannot be reached. I keep trying; please repeat the command in a while."
	case isAnswer:
		return "StackStorm says: " + sentence(api.FirstLine())
	}
	return "StackStorm could not be asked: " + problem(err)
}

// maybeStarted says what is known about a call whose answer is missing or wrong.
func maybeStarted(err error) string {
	var api *client.APIError
	switch {
	case errors.As(err, &api) && strings.Contains(api.Fault, "ECONNREFUSED"):
		return "StackStorm's message bus (RabbitMQ) cannot be reached."
	case errors.As(err, &api):
		return "StackStorm answered with an error: " + sentence(api.FirstLine())
	}
	return "StackStorm's answer did not arrive."
}

// sentence ends text with a full stop.
func sentence(text string) string { return wording.Sentence(text) }

func (l *life) logFault(what string, r *bot.Request, command string, err error) {
	l.log.Warn(what, "command", clip(command, 200), "from", r.From().ACL, "error", err)
	var api *client.APIError
	if errors.As(err, &api) {
		l.log.Debug(what, "request", api.RequestID, "detail", api.Detail())
	}
}
