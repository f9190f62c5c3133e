package st2

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/st2/client"
)

// serverside runs commands as the StackStorm users that the bot's account vouches for.
type serverside struct {
	bot     *client.Client
	service client.Password
	origin  string // of nicknames; empty: users go by name
	clients clientCache
}

func newServerside(l *life, options *serversideConfig) *serverside {
	user := l.cfg.APIAuth.User
	return &serverside{
		bot:     l.client,
		service: client.Password{User: user.Name, Password: user.Password},
		origin:  options.NicknameOrigin,
	}
}

func (s *serverside) clientFor(_ context.Context, p backend.Person) (*client.Client, error) {
	as := client.Impersonation{Service: s.service}
	name := p.Nick
	if s.origin == "" {
		as.User = name
	} else {
		name = p.Address
		as.Nickname, as.Origin = name, s.origin
	}
	if name == "" {
		return nil, bot.Errorf("The chat network does not tell me your name, and without it I cannot speak to StackStorm for you.")
	}
	if as.User == s.service.User {
		return nil, bot.Errorf("Your name is that of the bot's own StackStorm account. Nobody may use that: please take another name.")
	}
	return s.clients.get(name, func() *client.Client {
		return s.bot.WithCredential(as).OnError(func(_ context.Context, err error) error { return s.explain(name, err) })
	}), nil
}

// explain says in words for the chat why StackStorm does not let the bot speak for somebody.
func (s *serverside) explain(name string, err error) error {
	var api *client.APIError
	if errors.Is(err, client.ErrUserGone) {
		return &bot.UserError{Text: "StackStorm has removed the user that stands for you. Please repeat the command; if that does not help, ask an administrator of StackStorm.", Err: err}
	}
	if !errors.As(err, &api) || api.Status != http.StatusBadRequest {
		return err
	}
	text := ""
	switch {
	case strings.HasPrefix(api.Fault, "Current user is not a service"):
		text = "StackStorm does not let the bot speak for others. An administrator has to make the bot's account a service account."
	case strings.HasPrefix(api.Fault, "Could not locate user"):
		text = "StackStorm knows nobody by your chat name. An administrator has to register `" + name + "` as your nickname for " + s.origin + "."
	case strings.Contains(api.Fault, "matched more than one username"):
		text = "Several StackStorm users have your chat name as their nickname. An administrator has to leave it to one of them."
	default:
		return err
	}
	return &bot.UserError{Text: text, Err: err}
}
