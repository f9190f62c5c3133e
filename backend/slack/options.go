package slack

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/go-errbot/errbot/bot/secret"
)

// Options configure a [Backend].
type Options struct {
	// Token is the bot user's token, "xoxb-...".
	Token secret.String
	// AppToken is the app-level token with the scope connections:write, "xapp-...".
	AppToken secret.String

	// Prefix is the host's own, with which commands begin: with "!", a slash command
	// "/st2 run" is the message "!st2 run".
	Prefix string
	// SlashCommands says for single slash commands what they stand for in place of the
	// prefix and their own name: {"/errbot": "!"} makes "/errbot status" the message
	// "!status".
	SlashCommands map[string]string

	// Timeout is how often the connection is probed; one on which nothing came for twice
	// that time is given up. The default is 30 s.
	Timeout time.Duration
	// CatchUp is the age up to which a message that was said while there was no
	// connection is treated like one that is said now. Older ones are marked as delayed.
	// The default is 5 minutes; a negative value marks all of them.
	CatchUp time.Duration

	// APIURL is the address of the Web API with a slash at its end; the default is
	// Slack's. It is for tests, and for GovSlack.
	APIURL string
	// TLS is how Slack's servers are verified; nil trusts the system's authorities.
	TLS *tls.Config
	// Log takes what goes wrong beside messages; nil is slog.Default().
	Log *slog.Logger
}

const (
	defaultTimeout = 30 * time.Second
	defaultCatchUp = 5 * time.Minute
)

// withDefaults fills in what is not set, and says what is wrong with the rest.
func (o Options) withDefaults() (Options, error) {
	var errs []error
	if !strings.HasPrefix(o.Token.Reveal(), "xoxb-") {
		errs = append(errs, errors.New("token: give the bot user's token, which begins with xoxb-"))
	}
	if !strings.HasPrefix(o.AppToken.Reveal(), "xapp-") {
		errs = append(errs, errors.New("app_token: give an app-level token with connections:write, which begins with xapp-"))
	}
	for name := range o.SlashCommands {
		if !strings.HasPrefix(name, "/") {
			errs = append(errs, fmt.Errorf("slash_commands: %q does not begin with a slash", name))
		}
	}
	o.APIURL = cmp.Or(o.APIURL, slack.APIURL)
	if u, err := url.Parse(o.APIURL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || !strings.HasSuffix(u.Path, "/") {
		errs = append(errs, fmt.Errorf("api_url: %q is no address such as %s", o.APIURL, slack.APIURL))
	}
	o.Timeout = cmp.Or(o.Timeout, defaultTimeout)
	o.CatchUp = cmp.Or(o.CatchUp, defaultCatchUp)
	o.Log = cmp.Or(o.Log, slog.Default())
	if o.Timeout < 0 {
		errs = append(errs, errors.New("timeout: must be positive"))
	}
	return o, errors.Join(errs...)
}
