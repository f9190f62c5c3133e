package mattermost

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/go-errbot/errbot/bot/secret"
)

// Options configure a [Backend].
type Options struct {
	// Server is the server's address with its scheme: "https://chat.example.com".
	Server string
	// Team is the name of the team in whose channels the bot is, as links show it. It may
	// be empty for an account that is in one team only.
	Team string

	// Token is a bot account's token, or a personal access token. Without it, Login (a
	// username or an e-mail address) and Password open a session.
	Token    secret.String
	Login    string
	Password secret.String

	// TLS is how the server is verified; nil trusts the system's authorities.
	TLS *tls.Config
	// Timeout is how often the server is asked whether it is still there; a connection on
	// which nothing came for twice that time is given up. The default is 30 s.
	Timeout time.Duration
	// CatchUp is the age up to which a message that was said while there was no
	// connection is treated like one that is said now. Older ones are marked as delayed.
	// The default is 5 minutes; a negative value marks all of them.
	CatchUp time.Duration
	// PresenceEvery is how often the server is asked for the presence of the people whom the
	// bot knows; it tells nobody by itself. The default is a minute, as in Mattermost's own
	// client; a negative value never asks.
	PresenceEvery time.Duration
	// Log takes what goes wrong beside messages; nil is slog.Default().
	Log *slog.Logger
}

const (
	defaultTimeout = 30 * time.Second
	defaultCatchUp = 5 * time.Minute
	defaultLook    = time.Minute
	never          = 1 << 62 // of a ticker: about 146 years
)

// withDefaults fills in what is not set, and says what is wrong with the rest.
func (o Options) withDefaults() (Options, error) {
	var errs []error
	server, err := url.Parse(o.Server)
	if err != nil || server.Host == "" || server.Scheme != "http" && server.Scheme != "https" {
		errs = append(errs, fmt.Errorf("server: %q is no address such as https://chat.example.com", o.Server))
	} else if server.User != nil {
		errs = append(errs, errors.New("server: the address must not hold a name or a password"))
	}
	switch {
	case o.Token != "" && (o.Login != "" || o.Password != ""):
		errs = append(errs, errors.New("token: give a token, or login and password, not both"))
	case o.Token == "" && (o.Login == "" || o.Password == ""):
		errs = append(errs, errors.New("token: give a token, or login and password"))
	}
	o.Server = strings.TrimRight(o.Server, "/")
	o.Timeout = cmp.Or(o.Timeout, defaultTimeout)
	o.CatchUp = cmp.Or(o.CatchUp, defaultCatchUp)
	o.PresenceEvery = cmp.Or(o.PresenceEvery, defaultLook)
	o.Log = cmp.Or(o.Log, slog.Default())
	if o.Timeout < 0 {
		errs = append(errs, errors.New("timeout: must be positive"))
	}
	return o, errors.Join(errs...)
}

func (o Options) presenceEvery() time.Duration {
	if o.PresenceEvery < 0 {
		return never
	}
	return o.PresenceEvery
}
