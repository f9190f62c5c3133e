package matrix

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"github.com/go-errbot/errbot/bot/secret"
)

// Options configure a [Backend].
type Options struct {
	// Server is the homeserver's address with its scheme: "https://matrix.example.org". It
	// may be empty when User is given: its server is then asked where that is
	// (/.well-known/matrix/client).
	Server string
	// User is the bot's user ID: "@bot:example.org". It is needed to log in with a
	// password, where it may also be the name alone.
	User string

	// Token is an access token. Without it, User and Password open a session.
	Token    secret.String
	Password secret.String

	// Invites names who may ask the bot into rooms and private conversations: user IDs
	// ("@alice:example.org"), servers ("example.org") or "*" for everybody. Nil stands for
	// the bot's own server, an empty list for nobody.
	Invites []string

	// TLS is how the server is verified; nil trusts the system's authorities.
	TLS *tls.Config
	// Timeout is for how long the server is asked to wait for news; a connection on which
	// nothing came for twice that time is given up. The default is 30 s.
	Timeout time.Duration
	// CatchUp is the age up to which a message that was said while there was no
	// connection is treated like one that is said now. Older ones are marked as delayed.
	// The default is 5 minutes; a negative value marks all of them.
	CatchUp time.Duration
	// Position is the path of a file that keeps up to where the bot has read. With it, what
	// was said while the process did not run is read at the next start; without it, it is
	// left out.
	Position string
	// Log takes what goes wrong beside messages; nil is slog.Default().
	Log *slog.Logger
}

const (
	defaultTimeout = 30 * time.Second
	defaultCatchUp = 5 * time.Minute
)

// withDefaults fills in what is not set, and says what is wrong with the rest.
func (o Options) withDefaults() (Options, error) {
	errs := append(o.checkAccount(), o.checkServer()...)
	for _, rule := range o.Invites {
		if rule != everybody && !isUserID(rule) && !isServerName(rule) {
			errs = append(errs, fmt.Errorf("invites: %q is no user (@alice:example.org), server (example.org) or *", rule))
		}
	}
	o.Server = strings.TrimRight(o.Server, "/")
	o.Invites = slices.Clone(o.Invites)
	o.Timeout = cmp.Or(o.Timeout, defaultTimeout)
	o.CatchUp = cmp.Or(o.CatchUp, defaultCatchUp)
	o.Log = cmp.Or(o.Log, slog.Default())
	if o.Timeout < 0 {
		errs = append(errs, errors.New("timeout: must be positive"))
	}
	return o, errors.Join(errs...)
}

func (o Options) checkServer() []error {
	if o.Server == "" && isUserID(o.User) {
		return nil
	}
	server, err := url.Parse(o.Server)
	switch {
	case err != nil || server.Host == "" || server.Scheme != "http" && server.Scheme != "https":
		return []error{fmt.Errorf("server: %q is no address such as https://matrix.example.org", o.Server)}
	case server.User != nil:
		return []error{errors.New("server: the address must not hold a name or a password")}
	}
	return nil
}

func (o Options) checkAccount() (errs []error) {
	switch {
	case o.Token != "" && o.Password != "":
		errs = append(errs, errors.New("token: give a token, or a password, not both"))
	case o.Token == "" && (o.User == "" || o.Password == ""):
		errs = append(errs, errors.New("token: give a token, or user and password"))
	}
	if strings.HasPrefix(o.User, "@") && !isUserID(o.User) {
		errs = append(errs, fmt.Errorf("user: %q is no user ID such as @bot:example.org", o.User))
	}
	return errs
}

// isUserID reports whether text is a complete user ID.
func isUserID(text string) bool {
	name, server, err := id.UserID(text).ParseAndValidateRelaxed()
	return err == nil && name != "" && isServerName(server) && len(text) <= id.UserIDMaxLength
}

// isServerName reports whether text can be a server: a host name or an IP address, with or
// without a port.
func isServerName(text string) bool {
	return text != "" && strings.IndexFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-.:[]", r)
	}) < 0
}
