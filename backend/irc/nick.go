package irc

import (
	"context"
	"time"

	"github.com/lrstanley/girc"
)

const (
	nickServ = "NickServ"
	// identifyTimeout is how long NickServ may take to answer before the bot goes on.
	identifyTimeout = 5 * time.Second
)

// introduce does what comes between the welcome and the first message: it learns the bot's
// own mask, identifies it with NickServ and says again whether it is away.
func (c *conn) introduce(ctx context.Context) error {
	if err := c.learnMask(ctx); err != nil {
		return err
	}
	if password := c.options.NickServPassword.Reveal(); password != "" {
		if c.fold(c.Self().Nick) != c.fold(c.options.Nick) {
			c.tell(girc.PRIVMSG, nickServ, "GHOST "+c.options.Nick+" "+password)
		}
		if err := c.identify(ctx, password); err != nil {
			return err
		}
		c.regain()
	}
	if away := c.away(); away != "" {
		c.tell(girc.AWAY, away)
	}
	return nil
}

// learnMask asks the server for the bot's own user and host: they count for the length of
// lines.
func (c *conn) learnMask(ctx context.Context) error {
	source, err := c.lookUp(ctx, c.Self().Nick)
	if err != nil || source == nil {
		return err
	}
	c.setMask(source)
	return nil
}

// identify waits for NickServ's answer, so that rooms for identified people let the bot in.
// What it says is in the log; no service is the same, so it is not understood.
func (c *conn) identify(ctx context.Context, password string) error {
	replies, err := c.ask(ctx, girc.PRIVMSG, nickServ, "IDENTIFY "+password)
	if err != nil {
		return err
	}
	if err := c.refusal(replies, nickServ); err != nil {
		c.options.Log.Warn("irc: there is no NickServ to identify with", "error", err)
		return nil
	}
	select {
	case <-c.identified:
	case <-time.After(identifyTimeout):
		c.options.Log.Warn("irc: NickServ does not answer")
	case <-c.closed:
		return c.err
	case <-ctx.Done():
	}
	return nil
}

// regain asks for the bot's own nick where it has another. The server refuses it while
// somebody else has it.
func (c *conn) regain() {
	if c.alive() && c.isRegistered() && c.fold(c.Self().Nick) != c.fold(c.options.Nick) {
		c.tell(girc.NICK, c.options.Nick)
	}
}

// freed tells that somebody gave up nick.
func (c *conn) freed(nick string) {
	if c.fold(nick) == c.fold(c.options.Nick) {
		c.regain()
	}
}

// lookUp asks the server who has nick; nil when nobody has. A reply is
// "302 bot :nick[*]=<+ or ->user@host".
func (c *conn) lookUp(ctx context.Context, nick string) (*girc.Source, error) {
	replies, err := c.ask(ctx, girc.USERHOST, nick)
	if err != nil {
		return nil, err
	}
	for _, e := range replies {
		if e.Command != girc.RPL_USERHOST {
			continue
		}
		if source := parseUserHost(e.Last()); source != nil && c.fold(source.Name) == c.fold(nick) {
			return source, nil
		}
	}
	return nil, nil
}
