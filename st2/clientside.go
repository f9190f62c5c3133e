package st2

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/login"
	"github.com/go-errbot/errbot/st2/session"
)

// endTimeout is for how long the end of a session waits for its store, whatever becomes of
// the command that found it over.
const endTimeout = 10 * time.Second

// clientside runs everybody's commands with credentials of their own, which they entered on
// the login page.
type clientside struct {
	life     *life
	options  *clientsideConfig
	secrets  session.SecretStore
	sessions *session.Manager
	site     *login.Site
	network  string // begins the keys of users: their ids mean something there alone
	clients  clientCache
}

func newClientside(ctx context.Context, l *life, options *clientsideConfig) (_ *clientside, err error) {
	c := &clientside{life: l, options: options, network: l.host.Info().Backend}
	if c.secrets, err = l.cfg.SecretsStore.open(ctx); err != nil {
		return nil, err
	}
	c.sessions, err = session.New(session.Options{
		Secrets: c.secrets,
		TTL:     l.cfg.SessionTTL.Duration(),
		LinkTTL: options.LinkTTL.Duration(),
	})
	if err == nil {
		c.site, err = login.New(login.Options{
			Sessions: c.sessions, Check: c.check, Done: c.tellLoggedIn,
			Page: options.page, Proxies: options.proxies, Log: l.log,
		})
	}
	if err != nil {
		return nil, errors.Join(err, c.secrets.Close())
	}
	return c, nil
}

// Close implements [io.Closer].
func (c *clientside) Close() error { return c.secrets.Close() }

func (c *clientside) userOf(p backend.Person) session.User {
	return session.User{Key: c.network + ":" + p.ID, Name: p.Address}
}

func (c *clientside) clientFor(ctx context.Context, p backend.Person) (*client.Client, error) {
	credential, s, err := c.sessions.Lookup(ctx, c.userOf(p).Key)
	var ended *session.EndedError
	switch {
	case errors.As(err, &ended):
		return nil, c.loginNeeded("Your StackStorm session is over: "+string(ended.Reason)+".", err)
	case errors.Is(err, session.ErrNoSession):
		return nil, c.loginNeeded("You are not logged in to StackStorm.", err)
	case err != nil:
		return nil, err
	}
	return c.clients.get(s.ID, func() *client.Client {
		return c.life.client.WithCredential(wireCredential(credential)).OnError(func(ctx context.Context, err error) error {
			return c.lost(ctx, s, err)
		})
	}), nil
}

// loginNeeded is the error of somebody who has to log in, with the way to do that.
func (c *clientside) loginNeeded(why string, cause error) error {
	return &bot.UserError{
		Text: why + " To log in, send me `" + c.life.typed("st2session_start <secret word>") + "` in a private conversation, with a word that you make up.",
		Err:  cause,
	}
}

// lost ends a session when err says that StackStorm does not take its credential any more,
// and then tells the user the way back in.
func (c *clientside) lost(ctx context.Context, s session.Session, err error) error {
	if !isRefusal(err) {
		return err
	}
	reason := session.Reason("StackStorm no longer accepts its " + kindName(s.Kind))
	if errors.Is(err, client.ErrUserGone) {
		reason = "its user has been removed from StackStorm"
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	first, failure := c.sessions.Lost(ctx, s, reason)
	if failure != nil {
		c.life.log.Error("a session that is over could not be ended", "user", s.User.Name, "error", failure)
	}
	if first {
		c.life.log.Warn("a StackStorm session is over", "user", s.User.Name, "account", s.Account, "why", string(reason), "error", err)
	}
	c.clients.drop(s.ID)
	return c.loginNeeded("Your StackStorm session is over: "+string(reason)+".", err)
}

func wireCredential(c session.Credential) client.Credential {
	if c.Kind == session.KindAPIKey {
		return client.APIKey{Key: c.Secret}
	}
	return client.Token{Token: c.Secret}
}

func kindName(k session.Kind) string {
	if k == session.KindAPIKey {
		return "API key"
	}
	return "token"
}

// check finds out whether StackStorm takes what somebody entered, and whose it is.
func (c *clientside) check(ctx context.Context, entered login.Credentials) (session.Credential, error) {
	kept := session.Credential{Kind: session.KindToken, Secret: entered.Token}
	switch {
	case entered.APIKey != "":
		kept = session.Credential{Kind: session.KindAPIKey, Secret: entered.APIKey}
	case entered.Token == "":
		token, expires, err := c.life.client.Login(ctx, client.Password{User: entered.Username, Password: entered.Password})
		if err != nil {
			return session.Credential{}, c.notTaken(err)
		}
		kept.Secret, kept.Expires = token.Token, expires
	}
	user, err := c.life.client.WithCredential(wireCredential(kept)).Validate(ctx)
	if err != nil {
		return session.Credential{}, c.notTaken(err)
	}
	kept.Account = user.Username
	if kept.Expires.IsZero() {
		kept.Expires = user.Expires
	}
	return kept, nil
}

// notTaken tells a credential that is no good from one that could not be tried.
func (c *clientside) notTaken(err error) error {
	if isRefusal(err) {
		return login.ErrRejected
	}
	c.life.log.Warn("a login to StackStorm could not be checked", "error", err)
	return fmt.Errorf("%w: %w", session.ErrNotChecked, err)
}

// tellLoggedIn tells in the chat that somebody is logged in: it may have been somebody else.
func (c *clientside) tellLoggedIn(s session.Session) {
	l := c.life
	l.host.Go("notice of a login", func(ctx context.Context) error {
		to, err := l.host.Resolve(ctx, s.User.Name)
		if err != nil || to.Person == nil || c.userOf(*to.Person).Key != s.User.Key {
			l.log.Warn("a login was not told in the chat", "user", s.User.Name, "error", err)
			return nil
		}
		_, _ = l.host.SendMessage(ctx, &backend.Message{Ref: to, Plain: true, Body: strings.Join([]string{ // a failure has been logged
			"You are logged in to StackStorm as " + s.Account + " until " + clock(s.Expires) + ".",
			l.typed("st2session_end") + " ends the session; do that if it was not you who logged in.",
		}, " ")})
		return nil
	})
}

// sweep forgets the credentials of the sessions that are over.
func (c *clientside) sweep(ctx context.Context) error {
	over, err := c.sessions.Sweep(ctx)
	for _, ended := range over {
		c.clients.drop(ended.Session.ID)
		c.life.log.Info("a StackStorm session is over", "user", ended.Session.User.Name, "account", ended.Session.Account, "why", string(ended.Reason))
	}
	return err
}

// clock shows a time to a chat user.
func clock(t time.Time) string { return t.Local().Format("2006-01-02 15:04 MST") }
