package irc

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/lrstanley/girc"
	"golang.org/x/time/rate"

	"github.com/go-errbot/errbot/bot/secret"
)

// Options configure a [Backend]. Server and Nick are required.
type Options struct {
	// Server is the host to connect to, and Port its port; 0 is 6697 with TLS and 6667
	// without.
	Server string
	Port   int
	// TLS encrypts the connection; nil does not. An empty ServerName becomes Server. Its
	// certificates are what SASL EXTERNAL shows.
	TLS *tls.Config
	// BindAddress is the local address to connect from; empty leaves it to the system.
	BindAddress string
	// Network is "tcp4", "tcp6" or, by default, "tcp".
	Network string
	// Dial opens the connection, below TLS; nil dials directly. It is for proxies.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// Nick is the bot's name, and AltNick the one to use while somebody else has it; by
	// default Nick with "_" behind it. The bot takes Nick back when it becomes free.
	Nick, AltNick string
	// Username and RealName are what others see beside the nick; both default to Nick.
	Username, RealName string

	// Password is the server's own, if it has one.
	Password secret.String
	// SASL is "PLAIN", "EXTERNAL" or empty for none. PLAIN uses SASLUser (default: Nick)
	// and SASLPassword. When the server does not let the bot in with it, Run fails with
	// an error that wraps [backend.ErrRefused].
	SASL         string
	SASLUser     string
	SASLPassword secret.String
	// NickServPassword identifies the bot with the service called NickServ after every
	// connect, and takes Nick from whoever has it. Empty does neither.
	NickServPassword secret.String

	// ChannelRate and PrivateRate are the shortest times between two lines to rooms and to
	// people. 0 is one second; negative is no limit.
	ChannelRate, PrivateRate time.Duration
	// RejoinDelay is how long the bot stays out of a room that it was kicked from. 0 is
	// five seconds; negative is for good.
	RejoinDelay time.Duration
	// ACLPattern makes the name that access rules see of a person's {nick}, {user} and
	// {host}. The default is "{nick}!{user}@{host}".
	ACLPattern string

	// Version is the answer to CTCP VERSION; empty gives none.
	Version string
	// Log takes what the server says; nil is slog.Default().
	Log *slog.Logger
}

// withDefaults returns o complete, and everything that is wrong with it.
func (o Options) withDefaults() (Options, error) {
	if o.Port == 0 {
		o.Port = 6667
		if o.TLS != nil {
			o.Port = 6697
		}
	}
	if o.TLS != nil {
		o.TLS = o.TLS.Clone()
		o.TLS.ServerName = cmp.Or(o.TLS.ServerName, o.Server)
	}
	o.Network = cmp.Or(o.Network, "tcp")
	o.AltNick = cmp.Or(o.AltNick, o.Nick+"_")
	o.Username = cmp.Or(o.Username, o.Nick)
	o.RealName = cmp.Or(o.RealName, o.Nick)
	o.SASL = strings.ToUpper(o.SASL)
	o.SASLUser = cmp.Or(o.SASLUser, o.Nick)
	o.ChannelRate = cmp.Or(o.ChannelRate, time.Second)
	o.PrivateRate = cmp.Or(o.PrivateRate, time.Second)
	o.RejoinDelay = cmp.Or(o.RejoinDelay, 5*time.Second)
	o.ACLPattern = cmp.Or(o.ACLPattern, "{nick}!{user}@{host}")
	if o.Dial == nil {
		dialer := net.Dialer{}
		if o.BindAddress != "" {
			dialer.LocalAddr = &net.TCPAddr{IP: net.ParseIP(o.BindAddress)}
		}
		o.Dial = dialer.DialContext
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return o, o.validate()
}

func (o Options) validate() error {
	var errs []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf("irc: "+format, args...))
		}
	}
	check(o.Server != "", "the server is missing")
	check(o.Port > 0 && o.Port < 1<<16, "port %d is not between 1 and 65535", o.Port)
	check(isNick(o.Nick), "%q cannot be a nick", o.Nick)
	check(isNick(o.AltNick), "%q cannot be a nick", o.AltNick)
	check(girc.IsValidUser(o.Username), "%q cannot be a username", o.Username)
	check(isLine(o.RealName), "the real name must be one line")
	check(isLine(o.Password.Reveal()), "the password must be one line")
	check(isLine(o.NickServPassword.Reveal()), "the password for NickServ must be one line")
	check(o.BindAddress == "" || net.ParseIP(o.BindAddress) != nil, "%q is no IP address to bind to", o.BindAddress)
	switch o.SASL {
	case "":
		check(o.SASLPassword == "", "a SASL password needs SASL PLAIN")
	case "PLAIN":
		check(o.SASLPassword != "", "SASL PLAIN needs a password")
		check(len(o.SASLPassword.Reveal())+2*len(o.SASLUser) < 290, "user and password are too long for SASL PLAIN")
	case "EXTERNAL":
		check(o.TLS != nil && (len(o.TLS.Certificates) > 0 || o.TLS.GetClientCertificate != nil),
			"SASL EXTERNAL needs TLS with a certificate of the bot's")
	default:
		check(false, "unknown SASL mechanism %q; there are PLAIN and EXTERNAL", o.SASL)
	}
	rest := strings.NewReplacer("{nick}", "", "{user}", "", "{host}", "").Replace(o.ACLPattern)
	check(rest != o.ACLPattern && !strings.ContainsAny(rest, "{}"),
		"the pattern %q for access rules must be made of {nick}, {user} and {host}", o.ACLPattern)
	return errors.Join(errs...)
}

func (o Options) address() string { return net.JoinHostPort(o.Server, strconv.Itoa(o.Port)) }

// limiter returns a limiter that lets one line pass in each interval.
func limiter(interval time.Duration) *rate.Limiter {
	if interval < 0 {
		return rate.NewLimiter(rate.Inf, 1)
	}
	return rate.NewLimiter(rate.Every(interval), 1)
}

// isLine reports whether text can be part of a line of the protocol.
func isLine(text string) bool { return !strings.ContainsAny(text, "\r\n\x00") }
