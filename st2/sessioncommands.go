package st2

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/secret"
	"github.com/go-errbot/errbot/st2/internal/login"
	"github.com/go-errbot/errbot/st2/session"
)

// sweepEvery is how often the sessions that are over are cleared away.
const sweepEvery = time.Minute

// registerSessions declares what people need who log in themselves.
func (p *Plugin) registerSessions(r *bot.Registry) {
	options := p.cfg.clientside()
	if options == nil {
		return
	}
	for _, c := range []bot.Command{
		{
			Name: "start", Syntax: "<secret word>", NoHistory: true, Run: p.inSession((*clientside).start),
			Doc: "Starts a StackStorm session of your own.\n\nWorks in a private conversation. The answer is the address of a page on which you enter the secret word, which you make up, and your StackStorm credentials.",
		},
		{Name: "end", Run: p.inSession((*clientside).end), Doc: "Ends your StackStorm session and forgets your credentials."},
		{Name: "list", Admin: true, Run: p.inSession((*clientside).list), Doc: "Lists who is logged in to StackStorm."},
		{Name: "cancel", Syntax: "<user or id>", Admin: true, Run: p.inSession((*clientside).cancel), Doc: "Ends somebody's StackStorm session."},
	} {
		for _, name := range p.cfg.sessionNames(c.Name) {
			named := c
			named.Name = name
			r.Command(named)
		}
	}
	for _, route := range login.Routes(options.page) {
		r.Route(bot.Route{Path: route.Path, Methods: route.Methods, MaxBody: route.MaxBody, Handler: http.HandlerFunc(p.login)})
	}
	r.Every("StackStorm sessions", sweepEvery, func(ctx context.Context) error {
		if c := p.sessions(); c != nil {
			return c.sweep(ctx)
		}
		return nil
	})
}

// sessions returns the sessions of the present life; nil when there is none.
func (p *Plugin) sessions() *clientside {
	l := p.life.Load()
	if l == nil {
		return nil
	}
	c, _ := l.speaker.(*clientside)
	return c
}

// login answers the routes of the login page.
func (p *Plugin) login(w http.ResponseWriter, r *http.Request) {
	c := p.sessions()
	if c == nil {
		http.Error(w, "the plugin is being stopped", http.StatusServiceUnavailable)
		return
	}
	c.site.ServeHTTP(w, r)
}

// inSession makes a handler of a function that answers with one plain text.
func (p *Plugin) inSession(run func(c *clientside, ctx context.Context, r *bot.Request) (string, error)) bot.Handler {
	return func(ctx context.Context, r *bot.Request) error {
		c := p.sessions()
		text, err := run(c, ctx, r)
		if err != nil {
			return err
		}
		return c.life.say(ctx, r, text)
	}
}

// start makes a link for the asker.
func (c *clientside) start(_ context.Context, r *bot.Request) (string, error) {
	typed := c.life.typed("st2session_start <secret word>")
	switch {
	case !r.Message.IsPrivate() && r.Args != "":
		return "Sessions are started in a private conversation with me, because others read along here. That includes the secret word that you gave: choose another one there.", nil
	case !r.Message.IsPrivate():
		return "Sessions are started in a private conversation with me, because others read along here. Send me " + typed + " there.", nil
	case r.Args == "":
		return "Give a secret word that you make up: " + typed + ". The login page asks for it, so that nobody else can use your link.", nil
	}
	link, err := c.sessions.Start(c.userOf(r.From()), secret.String(r.Args))
	switch {
	case errors.Is(err, session.ErrBadWord):
		return fmt.Sprintf("That secret word cannot be used: it needs at least %d characters, and at most %d bytes.", session.MinWord, session.MaxWord), nil
	case err != nil:
		return "", err
	}
	return fmt.Sprintf("Open %s until %s and enter the secret word and your StackStorm credentials there. The link works once.",
		login.Address(c.options.page, link.ID), clock(link.Session.Expires)), nil
}

// end ends the asker's sessions.
func (c *clientside) end(ctx context.Context, r *bot.Request) (string, error) {
	ended, err := c.sessions.End(ctx, c.userOf(r.From()).Key)
	c.forget(ended)
	switch {
	case errors.Is(err, session.ErrNoSession):
		return "You have no StackStorm session.", nil
	case err != nil:
		return "", err
	}
	return "Your StackStorm session is over, and your credentials are forgotten.", nil
}

// list shows all sessions.
func (c *clientside) list(ctx context.Context, _ *bot.Request) (string, error) {
	sessions, err := c.sessions.List(ctx)
	if err != nil {
		c.life.log.Error("some StackStorm sessions cannot be read", "error", err)
	}
	var lines []string
	for _, s := range sessions {
		state := "has yet to log in"
		if s.State == session.Authenticated {
			state = "is " + s.Account + ", by " + kindName(s.Kind)
		}
		lines = append(lines, fmt.Sprintf("%s %s, until %s (%s)", s.User.Name, state, clock(s.Expires), s.ID))
	}
	if err != nil {
		lines = append(lines, "Some sessions cannot be read; the log has the details.")
	}
	if len(lines) == 0 {
		return "Nobody has a StackStorm session.", nil
	}
	return strings.Join(lines, "\n"), nil
}

// cancel ends somebody's sessions, or the one with an id.
func (c *clientside) cancel(ctx context.Context, r *bot.Request) (string, error) {
	if r.Args == "" {
		return "Whose session? Give a user or an id from " + c.life.typed("st2session_list") + ".", nil
	}
	sessions, err := c.sessions.List(ctx)
	if err != nil && len(sessions) == 0 {
		return "", err
	}
	var cancelled []string
	for _, s := range sessions {
		if s.ID != r.Args && strings.TrimPrefix(s.User.Name, "@") != strings.TrimPrefix(r.Args, "@") {
			continue
		}
		ended, err := c.sessions.Cancel(ctx, s.ID)
		c.forget(ended)
		if err != nil && !errors.Is(err, session.ErrNoSession) {
			return "", err
		}
		cancelled = append(cancelled, s.User.Name)
	}
	if len(cancelled) == 0 {
		return "There is no such session. " + c.life.typed("st2session_list") + " lists them.", nil
	}
	c.life.log.Info("StackStorm sessions cancelled", "of", cancelled, "by", r.From().ACL)
	return "Cancelled: " + strings.Join(cancelled, ", ") + ".", nil
}

// forget drops the clients of sessions that are over.
func (c *clientside) forget(ended []session.Session) {
	for _, s := range ended {
		c.clients.drop(s.ID)
	}
}
