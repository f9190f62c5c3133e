package telegram

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-errbot/errbot/bot/secret"
)

// Options configure a [Backend]. Token is required.
type Options struct {
	// Token is the bot's token, as @BotFather tells it: "123456:ABC...".
	Token secret.String
	// Server is the address of the Bot API; the default is Telegram's own,
	// "https://api.telegram.org". It is for a Bot API server of one's own.
	Server string
	// OffsetFile is where the backend notes up to which update it has dealt with what
	// Telegram tells, so that a process that ended without notice does nothing twice. Empty
	// leaves that to Telegram, which knows it after every poll and every clean stop.
	OffsetFile string
	// Poll is for how long Telegram may hold an answer back until there is something to
	// tell. The default is 50 s.
	Poll time.Duration
	// CatchUp is the age up to which a message is treated like one that is said now. Older
	// ones are marked as delayed. The default is 5 minutes; a negative value marks all.
	CatchUp time.Duration
	// Transport makes the requests; nil is a transport of its own that honours the proxy of
	// the environment.
	Transport http.RoundTripper
	// Log takes what goes wrong beside messages; nil is slog.Default().
	Log *slog.Logger
}

const (
	defaultServer  = "https://api.telegram.org"
	defaultPoll    = 50 * time.Second
	defaultCatchUp = 5 * time.Minute
)

// withDefaults fills in what is not set, and says what is wrong with the rest.
func (o Options) withDefaults() (Options, error) {
	var errs []error
	if id, key, ok := strings.Cut(o.Token.Reveal(), ":"); !ok || !isID(id) || !isKey(key) {
		errs = append(errs, errors.New("telegram: the token must look like 123456:ABC..., as @BotFather tells it"))
	}
	o.Server = strings.TrimRight(cmp.Or(o.Server, defaultServer), "/")
	if u, err := url.Parse(o.Server); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
		errs = append(errs, fmt.Errorf("telegram: server: %q is no address such as %s", o.Server, defaultServer))
	}
	o.Poll = cmp.Or(o.Poll, defaultPoll)
	if o.Poll < time.Second || o.Poll > 10*time.Minute {
		errs = append(errs, errors.New("telegram: poll: must be between a second and ten minutes"))
	}
	o.CatchUp = cmp.Or(o.CatchUp, defaultCatchUp)
	o.Log = cmp.Or(o.Log, slog.Default())
	return o, errors.Join(errs...)
}

// isKey reports whether text can stand in a path, as the second half of a token does.
func isKey(text string) bool {
	return text != "" && strings.IndexFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
	}) < 0
}

// isID reports whether text is a number of somebody, or with "-" before it of a group.
func isID(text string) bool {
	digits := strings.TrimPrefix(text, "-")
	return digits != "" && len(digits) <= 18 && strings.Trim(digits, "0123456789") == ""
}
