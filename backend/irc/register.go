package irc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lrstanley/girc"

	"github.com/go-errbot/errbot/backend"
)

// maxNickTries bounds how many nicks are tried when all of them are taken.
const maxNickTries = 6

// errNickTaken ends a connection for which no nick is left; the next one may have luck.
var errNickTaken = errors.New("the nick and its alternatives are taken")

// wanted are the capabilities that the bot asks for: when something was said, what was said
// earlier, who is away, and all marks of a person in a room.
func wanted() []string { return []string{"server-time", "batch", "away-notify", "multi-prefix"} }

// handshake is where the registration stands. Only the reader uses it.
type handshake struct {
	nick    string   // asked for
	tries   int      // of nicks
	offered []string // capabilities
	over    bool
}

// register says who the bot is and waits until the server has let it in.
func (c *conn) register(ctx context.Context) error {
	if password := c.options.Password.Reveal(); password != "" {
		c.tell(girc.PASS, password)
	}
	c.tell(girc.CAP, girc.CAP_LS, "302")
	c.tell(girc.NICK, c.options.Nick)
	c.tell(girc.USER, c.options.Username, "0", "*", c.options.RealName)
	select {
	case <-c.registered:
		return nil
	case <-c.closed:
		return c.err
	case <-ctx.Done():
		return nil
	case <-time.After(registerTimeout):
		return fmt.Errorf("the server did not let the bot in within %v", registerTimeout)
	}
}

// registering handles what is particular to the time before the welcome.
func (c *conn) registering(e *girc.Event) {
	switch e.Command {
	case girc.CAP:
		c.capabilities(e)
	case girc.AUTHENTICATE:
		c.authenticate(e)
	case girc.RPL_SASLSUCCESS:
		c.tell(girc.CAP, girc.CAP_END)
	case girc.RPL_NICKLOCKED, girc.ERR_SASLFAIL, girc.ERR_SASLTOOLONG, girc.ERR_SASLABORTED, girc.RPL_SASLMECHS:
		c.refused("SASL", e)
	case girc.ERR_PASSWDMISMATCH:
		c.refused("the server's password", e)
	case girc.ERR_YOUREBANNEDCREEP:
		c.refused("the bot", e)
	case girc.ERR_ERRONEUSNICKNAME, girc.ERR_NONICKNAMEGIVEN:
		c.refused("the nick "+c.welcome.nick, e)
	case girc.ERR_NICKNAMEINUSE, girc.ERR_NICKCOLLISION, girc.ERR_UNAVAILRESOURCE:
		c.nextNick()
	case girc.RPL_WELCOME:
		c.setNick(param(e, 0))
	case girc.RPL_ENDOFMOTD, girc.ERR_NOMOTD:
		c.admitted()
	case girc.ERROR:
		c.turnedAway(e)
	}
}

// refused ends the connection because trying again with the same account is pointless.
func (c *conn) refused(what string, e *girc.Event) {
	c.close(fmt.Errorf("%w: %s: %s", backend.ErrRefused, what, clean(e.Last())))
}

// turnedAway ends the connection after an ERROR before the welcome. Servers have no code
// for its reasons; only a password is recognised by its name.
func (c *conn) turnedAway(e *girc.Event) {
	reason := strings.ToLower(e.Last())
	for _, word := range []string{"password", "denied", "unauthori", "not authori", "banned", "k-line", "g-line"} {
		if strings.Contains(reason, word) {
			c.refused("the server", e)
			return
		}
	}
	c.close(fmt.Errorf("the server closed the connection: %s", clean(e.Last())))
}

// capabilities negotiates: CAP * LS [*] :list, then CAP * ACK :list or CAP * NAK :list.
func (c *conn) capabilities(e *girc.Event) {
	if len(e.Params) < 3 {
		return
	}
	switch e.Params[1] {
	case girc.CAP_LS:
		c.welcome.offered = append(c.welcome.offered, strings.Fields(e.Last())...)
		if e.Params[2] != "*" { // the last line of the list
			c.request()
		}
	case girc.CAP_ACK:
		if c.options.SASL != "" {
			c.tell(girc.AUTHENTICATE, c.options.SASL)
			return
		}
		c.tell(girc.CAP, girc.CAP_END)
	case girc.CAP_NAK:
		if c.options.SASL != "" {
			c.refused("SASL", e)
			return
		}
		c.tell(girc.CAP, girc.CAP_END)
	}
}

// request asks for the capabilities that the server has and the bot wants.
func (c *conn) request() {
	ask := wanted()
	if c.options.SASL != "" {
		ask = append(ask, "sasl")
	}
	ask = slices.DeleteFunc(ask, func(name string) bool {
		return !slices.ContainsFunc(c.welcome.offered, func(offer string) bool {
			known, _, _ := strings.Cut(offer, "=")
			return known == name
		})
	})
	switch {
	case c.options.SASL != "" && !slices.Contains(ask, "sasl"):
		c.close(fmt.Errorf("%w: the server offers no SASL", backend.ErrRefused))
	case len(ask) == 0:
		c.tell(girc.CAP, girc.CAP_END)
	default:
		c.tell(girc.CAP, girc.CAP_REQ, strings.Join(ask, " "))
	}
}

// authenticate answers the server's challenge.
func (c *conn) authenticate(e *girc.Event) {
	var mechanism girc.SASLMech = &girc.SASLExternal{}
	if c.options.SASL == "PLAIN" {
		mechanism = &girc.SASLPlain{User: c.options.SASLUser, Pass: c.options.SASLPassword.Reveal()}
	}
	answer := mechanism.Encode(e.Params)
	if answer == "" {
		answer = "*" // aborts
	}
	c.tell(girc.AUTHENTICATE, answer)
}

// nextNick asks for another nick: the alternative, then with digits.
func (c *conn) nextNick() {
	c.welcome.tries++
	switch n := c.welcome.tries; {
	case n == 1:
		c.welcome.nick = c.options.AltNick
	case n < maxNickTries:
		c.welcome.nick = fmt.Sprintf("%s%d", c.options.AltNick, n)
	default:
		c.close(errNickTaken)
		return
	}
	c.tell(girc.NICK, c.welcome.nick)
}

// admitted ends the registration. A server without capabilities may have ignored that SASL
// is wanted.
func (c *conn) admitted() {
	if c.options.SASL != "" && len(c.welcome.offered) == 0 {
		c.close(fmt.Errorf("%w: the server knows no SASL", backend.ErrRefused))
		return
	}
	c.welcome.over = true
	close(c.registered)
}
