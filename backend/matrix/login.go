package matrix

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"github.com/go-errbot/errbot/backend"
)

const (
	callTimeout  = 2 * time.Minute // of one request, with its body
	responseSize = 64 << 20        // bytes of an answer that are read
)

// logIn makes sure that there is a valid session, and learns who the bot is.
func (b *Backend) logIn(ctx context.Context) (*mautrix.Client, error) {
	cli, err := b.resume(ctx)
	if cli == nil && err == nil {
		cli, err = b.openSession(ctx)
	}
	if err != nil {
		if refuses(err) {
			b.forgetSession()
			return nil, fmt.Errorf("%w: log in to %s: %w", backend.ErrRefused, b.server(), cause(err))
		}
		return nil, err
	}
	return cli, b.learn(ctx, cli)
}

// resume returns the client of a session that exists; nil when one has to be opened.
func (b *Backend) resume(ctx context.Context) (*mautrix.Client, error) {
	cli := b.client()
	if cli == nil && b.options.Token == "" {
		return nil, nil
	}
	if cli == nil {
		var err error
		if cli, err = b.newClient(ctx, "", b.options.Token.Reveal()); err != nil {
			return nil, err
		}
	}
	var me *mautrix.RespWhoami
	err := patiently(ctx, func() (err error) {
		me, err = cli.Whoami(ctx)
		return check("ask who the bot is", err)
	})
	switch {
	case err != nil && b.options.Token == "" && refuses(err):
		return nil, nil
	case err != nil:
		return nil, err
	case isUserID(b.options.User) && string(me.UserID) != b.options.User:
		return nil, fmt.Errorf("%w: the token is %s's, and not %s's", backend.ErrRefused, me.UserID, b.options.User)
	}
	if cli.UserID == "" { // others may be using a client that was there before
		cli.UserID, cli.DeviceID = me.UserID, me.DeviceID
	}
	b.keep(cli)
	return cli, nil
}

// openSession logs in with the password, as the same device as before: by that the server
// knows a message again that is sent twice.
func (b *Backend) openSession(ctx context.Context) (*mautrix.Client, error) {
	cli, err := b.newClient(ctx, "", "")
	if err != nil {
		return nil, err
	}
	req := &mautrix.ReqLogin{
		Type:                     mautrix.AuthTypePassword,
		Identifier:               mautrix.UserIdentifier{Type: mautrix.IdentifierTypeUser, User: b.options.User},
		Password:                 b.options.Password.Reveal(),
		InitialDeviceDisplayName: "bot",
	}
	if before := b.client(); before != nil {
		req.DeviceID = before.DeviceID
	}
	var session *mautrix.RespLogin
	err = patiently(ctx, func() (err error) {
		session, err = cli.Login(ctx, req)
		return check("log in", err)
	})
	if err != nil {
		return nil, err
	}
	cli.AccessToken, cli.UserID, cli.DeviceID = session.AccessToken, session.UserID, session.DeviceID
	b.keep(cli)
	return cli, nil
}

// learn asks for what the server says about the bot and its own limits.
func (b *Backend) learn(ctx context.Context, cli *mautrix.Client) error {
	name, err := b.displayName(ctx, cli.UserID)
	if err != nil {
		return err
	}
	var upload int64
	if config, err := cli.GetMediaConfig(ctx); err == nil {
		upload = config.UploadSize
	} else if ctx.Err() != nil {
		return ctx.Err()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fullName, b.upload = name, upload
	return nil
}

// newClient returns a client of the library that neither waits nor tries again by itself.
func (b *Backend) newClient(ctx context.Context, user id.UserID, token string) (*mautrix.Client, error) {
	server := b.options.Server
	if server == "" {
		var err error
		if server, err = b.discover(ctx); err != nil {
			return nil, err
		}
	}
	cli, err := mautrix.NewClient(server, user, token)
	if err != nil {
		return nil, fmt.Errorf("matrix: %w", err)
	}
	cli.Client = b.http(b.transport, callTimeout)
	cli.IgnoreRateLimit = true
	cli.ResponseSizeLimit = responseSize
	return cli, nil
}

func (b *Backend) http(transport http.RoundTripper, timeout time.Duration) *http.Client {
	return &http.Client{
		Transport: transport,
		Timeout:   timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // a redirected PUT becomes a GET
		},
	}
}

// discover asks the server in the bot's user ID where its homeserver is.
func (b *Backend) discover(ctx context.Context) (string, error) {
	host := id.UserID(b.options.User).Homeserver()
	found, err := mautrix.DiscoverClientAPIWithClient(ctx, b.http(b.transport, callTimeout), host)
	switch {
	case err != nil:
		return "", &backend.RetryableError{Err: fmt.Errorf("matrix: ask %s for its homeserver: %w", host, err)}
	case found == nil || found.Homeserver.BaseURL == "":
		return "https://" + host, nil
	}
	return found.Homeserver.BaseURL, nil
}

// server returns what is configured of the server, for errors.
func (b *Backend) server() string {
	if b.options.Server != "" {
		return b.options.Server
	}
	return id.UserID(b.options.User).Homeserver()
}

func (b *Backend) keep(cli *mautrix.Client) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.session = cli
}

func (b *Backend) forgetSession() { b.keep(nil) }

// logOut ends the session that a password opened, so that restarts leave none behind; with a
// token there is none to end.
func (b *Backend) logOut(ctx context.Context) {
	cli := b.client()
	if b.options.Token != "" || cli == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_, err := cli.Logout(ctx)
	b.forgetSession()
	if err := check("log out", err); err != nil {
		b.log.Warn("matrix: the session stays open", "error", err)
	}
}

// refuses reports whether the server does not take the credentials.
func refuses(err error) bool {
	return errors.Is(err, mautrix.MUnknownToken) || errors.Is(err, mautrix.MMissingToken) ||
		errors.Is(err, mautrix.MForbidden) || errors.Is(err, mautrix.MUserDeactivated) ||
		errors.Is(err, backend.ErrRefused)
}
