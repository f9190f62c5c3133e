package st2

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/st2/client"
)

// The keys of rbac_auth.
const (
	standaloneMode = "standalone"
	clientsideMode = "clientside"
	serversideMode = "serverside"
)

// speaker knows who speaks to StackStorm for a chat user. It is safe for concurrent use and
// may ask StackStorm. The text of a [bot.UserError] is shown to the user.
type speaker interface {
	clientFor(ctx context.Context, p backend.Person) (*client.Client, error)
}

// newSpeaker returns the speaker of the configured mode. One that is an [io.Closer] is
// closed when the plugin ends.
func (l *life) newSpeaker(ctx context.Context) (speaker, error) {
	if options := l.cfg.clientside(); options != nil {
		return newClientside(ctx, l, options)
	}
	if options := l.cfg.serverside(); options != nil {
		return newServerside(l, options), nil
	}
	return standalone{l.client}, nil
}

// standalone runs everybody's commands with the bot's own credentials.
type standalone struct{ bot *client.Client }

func (s standalone) clientFor(context.Context, backend.Person) (*client.Client, error) {
	return s.bot, nil
}

// credential returns the one that is used: an API key before a token before a password.
// It is nil when there is none.
func (a *apiAuth) credential() client.Credential {
	switch {
	case a.APIKey != "":
		return client.APIKey{Key: a.APIKey}
	case a.Token != "":
		return client.Token{Token: a.Token}
	case a.User.Name != "" || a.User.Password != "":
		return client.Password{User: a.User.Name, Password: a.User.Password}
	}
	return nil
}

// given returns the keys of the credentials that are there, the one in use first.
func (a *apiAuth) given() []string {
	var keys []string
	for _, k := range []struct {
		key string
		set bool
	}{
		{"apikey", a.APIKey != ""},
		{"token", a.Token != ""},
		{"user", a.User.Name != "" || a.User.Password != ""},
	} {
		if k.set {
			keys = append(keys, k.key)
		}
	}
	return keys
}

// watchCredentials asks StackStorm whom it takes the bot for: at the start, at every
// timer_update, and when something hints at a change. The client renews what it can.
func (l *life) watchCredentials(ctx context.Context) error {
	ticker := time.NewTicker(l.cfg.TimerUpdate.Duration())
	defer ticker.Stop()
	for {
		l.checkCredentials(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		case <-l.health.doubt:
		}
	}
}

func (l *life) checkCredentials(ctx context.Context) {
	user, err := l.client.Validate(ctx)
	if ctx.Err() != nil {
		return
	}
	var api *client.APIError
	if errors.As(err, &api) && api.Status == http.StatusInternalServerError && !errors.Is(err, client.ErrUnavailable) {
		// So answers a StackStorm whose authentication is switched off.
		l.log.Debug("StackStorm does not say whom it takes the bot for", "error", err)
		err = nil
	}
	if l.health.setCredential(err) && err == nil {
		l.log.Info("StackStorm accepts the bot's credentials", "user", user.Username, "method", user.Method, "expires", user.Expires)
	}
}
