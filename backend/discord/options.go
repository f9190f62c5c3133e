package discord

import (
	"cmp"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/go-errbot/errbot/bot/secret"
)

// Options configure a [Backend]. Token is required.
type Options struct {
	// Token is the bot's token, without "Bot " before it.
	Token secret.String
	// Guild is the ID of the server whose channels have short names ("#ops") and whose
	// roles access rules know. It may be empty for a bot that is in one server only.
	Guild string

	// WithoutContent does without the privileged intent "Message Content": in channels the
	// bot then reads only messages that mention it.
	WithoutContent bool
	// Members asks for the privileged intent "Server Members", which is needed to list who
	// is in a channel, and to learn at once of changed roles and names.
	Members bool
	// Presences asks for the privileged intent "Presence": who is online.
	Presences bool

	// CatchUp is the age up to which a message that was said while there was no
	// connection is treated like one that is said now. Older ones are marked as delayed.
	// The default is 5 minutes; a negative value marks all of them.
	CatchUp time.Duration
	// Transport makes the requests to Discord; nil is a transport of its own that honours
	// the proxy of the environment.
	Transport http.RoundTripper
	// Log takes what goes wrong beside messages; nil is slog.Default().
	Log *slog.Logger
}

const defaultCatchUp = 5 * time.Minute

// withDefaults fills in what is not set, and says what is wrong with the rest.
func (o Options) withDefaults() (Options, error) {
	var errs []error
	token := strings.TrimPrefix(o.Token.Reveal(), "Bot ")
	switch {
	case token == "":
		errs = append(errs, errors.New("discord: the token is missing"))
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		errs = append(errs, errors.New("discord: the token must be one word"))
	}
	o.Token = secret.String(token)
	if o.Guild != "" && !isID(o.Guild) {
		errs = append(errs, errors.New("discord: guild: give the server's ID, a number (developer mode, right click, Copy Server ID)"))
	}
	o.CatchUp = cmp.Or(o.CatchUp, defaultCatchUp)
	o.Log = cmp.Or(o.Log, slog.Default())
	return o, errors.Join(errs...)
}

// isID reports whether text is a snowflake, as Discord's IDs are.
func isID(text string) bool {
	return text != "" && len(text) <= 20 && strings.Trim(text, "0123456789") == ""
}
