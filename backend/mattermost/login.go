package mattermost

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/mattermost/mattermost-server/v6/model"

	"github.com/go-errbot/errbot/backend"
)

// logIn makes sure that there is a valid session, and learns who the bot is.
func (b *Backend) logIn(ctx context.Context) error {
	if token := b.options.Token; token != "" {
		b.setToken(token.Reveal())
	}
	me, err := b.me(ctx)
	if b.options.Token == "" && (me == nil && err == nil || status(err) == http.StatusUnauthorized) {
		me, err = b.passwordLogIn(ctx)
	}
	switch {
	case status(err) == http.StatusUnauthorized:
		return fmt.Errorf("%w: log in to %s: %w", backend.ErrRefused, b.options.Server, cause(err))
	case err != nil:
		return err
	}
	team, err := b.team(ctx, me)
	if err != nil {
		return err
	}
	maxRunes, err := b.maxRunes(ctx)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.account.self, b.account.team, b.account.maxRunes = person(me), team, maxRunes
	return nil
}

// cause returns what the server said, without our words around it.
func cause(err error) error {
	var call *callError
	if errors.As(err, &call) {
		return call.err
	}
	return err
}

func (b *Backend) setToken(token string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.account.token = token
}

// me returns the bot's account; nil without a session.
func (b *Backend) me(ctx context.Context) (me *model.User, err error) {
	if b.known().token == "" {
		return nil, nil
	}
	err = patiently(ctx, func() error {
		var r *model.Response
		me, r, err = b.api(ctx).GetMe("")
		return check("ask who the bot is", r, err)
	})
	return me, err
}

// passwordLogIn opens a session.
func (b *Backend) passwordLogIn(ctx context.Context) (me *model.User, err error) {
	b.setToken("")
	c := b.api(ctx)
	err = patiently(ctx, func() error {
		var r *model.Response
		me, r, err = c.Login(b.options.Login, b.options.Password.Reveal())
		return check("log in", r, err)
	})
	if err != nil {
		if code := status(err); code == http.StatusBadRequest || code == http.StatusForbidden {
			return nil, fmt.Errorf("%w: log in to %s: %w", backend.ErrRefused, b.options.Server, cause(err))
		}
		return nil, err
	}
	b.setToken(c.AuthToken)
	return me, nil
}

// logOut ends the session that a password opened, so that restarts leave none behind; with a
// token there is none to end.
func (b *Backend) logOut(ctx context.Context) {
	if b.options.Token != "" || b.known().token == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	r, err := b.api(ctx).Logout()
	b.setToken("")
	if err := check("log out", r, err); err != nil {
		b.log.Warn("mattermost: the session stays open", "error", err)
	}
}

// team returns the team that is configured, or the only one.
func (b *Backend) team(ctx context.Context, me *model.User) (*model.Team, error) {
	var teams []*model.Team
	err := patiently(ctx, func() error {
		var r *model.Response
		var err error
		teams, r, err = b.api(ctx).GetTeamsForUser(me.Id, "")
		return check("list the bot's teams", r, err)
	})
	if err != nil {
		return nil, err
	}
	var names []string
	for _, t := range teams {
		if strings.EqualFold(t.Name, b.options.Team) || b.options.Team == "" && len(teams) == 1 {
			return t, nil
		}
		names = append(names, t.Name)
	}
	if b.options.Team == "" && len(teams) > 1 {
		return nil, fmt.Errorf("%w: the bot is in several teams (%s): configure one of them", backend.ErrRefused, strings.Join(names, ", "))
	}
	return nil, fmt.Errorf("%w: @%s is not in the team %q (it is in: %s): add it there",
		backend.ErrRefused, me.Username, b.options.Team, strings.Join(names, ", "))
}

// maxRunes returns how long a message may be.
func (b *Backend) maxRunes(ctx context.Context) (int, error) {
	var config map[string]string
	err := patiently(ctx, func() error {
		var r *model.Response
		var err error
		config, r, err = b.api(ctx).GetOldClientConfig("")
		return check("ask for the server's limits", r, err)
	})
	if err != nil {
		return 0, err
	}
	if size, err := strconv.Atoi(config["MaxPostSize"]); err == nil && size > 0 {
		return size, nil
	}
	return model.PostMessageMaxRunesV1, nil // a server that does not say takes this at least
}
