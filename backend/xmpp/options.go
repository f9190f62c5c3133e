package xmpp

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"time"

	"mellium.im/sasl"
	"mellium.im/xmpp/jid"

	"github.com/go-errbot/errbot/bot/secret"
)

// How a connection is encrypted.
const (
	StartTLS  = "starttls" // TLS after the first words, which every server must offer
	DirectTLS = "direct"   // TLS from the first byte (XEP-0368)
	PlainText = "none"     // for servers on the same machine
)

// Options configure a [Backend]. Username and Password are required.
type Options struct {
	// Username is the account's address, "bot@example.com". With a resource behind it,
	// "bot@example.com/home", that is used; otherwise one is made up.
	Username string
	Password secret.String

	// Server is "host" or "host:port". When it is empty, the domain's DNS records tell
	// the servers, and without records it is the domain itself.
	Server string
	// Encryption is [StartTLS] (the default), [DirectTLS] or [PlainText].
	Encryption string
	// TLS says how the server is verified; nil trusts the system's authorities. An empty
	// ServerName becomes the account's domain. File uploads are verified by the same
	// authorities.
	TLS *tls.Config
	// Mechanisms are the names of the SASL mechanisms that may be used, the best one
	// first. The default is SCRAM-SHA-256, SCRAM-SHA-1 and then, on an encrypted
	// connection, PLAIN. With "-PLUS" they bind to the connection's encryption; that is no
	// default, because servers offer it with kinds of binding that they do not say.
	Mechanisms []string
	// Network is "tcp4", "tcp6" or, by default, "tcp".
	Network string
	// Dial opens the connection, below TLS; nil dials directly. It is for proxies.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Keepalive is how long the server may say nothing before it is asked whether it is
	// there, and again before the connection counts as lost. The default is a minute.
	Keepalive time.Duration

	// Nick is the bot's name in rooms that are joined without one; by default the part of
	// the address before "@".
	Nick string
	// History is how many earlier messages of a room are asked for when it is joined; they
	// are marked as delayed. 0 is twenty; negative is none.
	History int
	// RejoinDelay is how long the bot stays out of a room that it was kicked from. 0 is
	// five seconds; negative is for good.
	RejoinDelay time.Duration
	// RoomServices are the domains, beside the account's own one and those below it, whose
	// rooms are believed when they say who somebody is. In rooms elsewhere everybody is
	// known by the address in the room: a foreign service could name anybody.
	RoomServices []string
	// AcceptInvites makes the bot enter rooms of these services when it is invited.
	AcceptInvites bool
	// CatchUp is the age up to which a message is acted upon that the server kept while
	// the connection was lost; older ones are marked as delayed. The default is five
	// minutes.
	CatchUp time.Duration
	// XHTML sends formatted text beside the plain one (XEP-0071).
	XHTML bool

	// Version is the answer to questions for the software's version; empty gives none.
	Version string
	// Log takes what the server says; nil is slog.Default().
	Log *slog.Logger

	account    jid.JID // Username
	mechanisms []sasl.Mechanism
}

// mechanisms are those that the backend knows.
func mechanisms() []sasl.Mechanism {
	return []sasl.Mechanism{sasl.ScramSha256Plus, sasl.ScramSha1Plus, sasl.ScramSha256, sasl.ScramSha1, sasl.Plain}
}

// withDefaults returns o complete, and everything that is wrong with it.
func (o Options) withDefaults() (Options, error) {
	o.Encryption = cmp.Or(o.Encryption, StartTLS)
	o.Network = cmp.Or(o.Network, "tcp")
	o.Keepalive = cmp.Or(o.Keepalive, time.Minute)
	o.History = cmp.Or(o.History, 20)
	o.RejoinDelay = cmp.Or(o.RejoinDelay, 5*time.Second)
	o.CatchUp = cmp.Or(o.CatchUp, 5*time.Minute)
	if o.Dial == nil {
		o.Dial = (&net.Dialer{}).DialContext
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	account, err := o.parse()
	o.account = account
	o.Nick = cmp.Or(o.Nick, account.Localpart())
	if o.TLS == nil {
		o.TLS = &tls.Config{}
	}
	o.TLS = o.TLS.Clone()
	o.TLS.ServerName = cmp.Or(o.TLS.ServerName, account.Domainpart())
	if o.Mechanisms == nil {
		o.mechanisms = []sasl.Mechanism{sasl.ScramSha256, sasl.ScramSha1}
		if o.Encryption != PlainText {
			o.mechanisms = append(o.mechanisms, sasl.Plain)
		}
	}
	for _, name := range o.Mechanisms {
		i := slices.IndexFunc(mechanisms(), func(m sasl.Mechanism) bool { return strings.EqualFold(m.Name, name) })
		if i < 0 {
			err = errors.Join(err, fmt.Errorf("xmpp: unknown SASL mechanism %q", name))
			continue
		}
		o.mechanisms = append(o.mechanisms, mechanisms()[i])
	}
	return o, err
}

// parse checks what has no default and returns the account's address.
func (o Options) parse() (jid.JID, error) {
	var errs []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf("xmpp: "+format, args...))
		}
	}
	account, err := jid.Parse(o.Username)
	check(err == nil && account.Localpart() != "", "the username %q is no address such as bot@example.com", o.Username)
	check(o.Password != "", "the password is missing")
	switch o.Encryption {
	case StartTLS, DirectTLS, PlainText:
	default:
		check(false, "unknown encryption %q; there are %s, %s and %s", o.Encryption, StartTLS, DirectTLS, PlainText)
	}
	if err := errors.Join(errs...); err != nil {
		return jid.JID{}, err
	}
	return account, nil
}
