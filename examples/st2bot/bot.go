package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/text"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/plugins"
	"github.com/go-errbot/errbot/plugins/textcmds"
	"github.com/go-errbot/errbot/st2"
)

// networks are the chat networks that this program knows.
var networks = map[string]func(c *config, log *slog.Logger, std streams) (backend.Backend, []bot.Plugin, error){
	"discord":    newDiscord,
	"gitter":     newGitter,
	"irc":        newIRC,
	"matrix":     newMatrix,
	"mattermost": newMattermost,
	"slack":      newSlack,
	"telegram":   newTelegram,
	"text":       newText,
	"xmpp":       newXMPP,
}

// newText makes the terminal a chat network, with the commands for testing access rules.
func newText(c *config, log *slog.Logger, std streams) (backend.Backend, []bot.Plugin, error) {
	identity := struct {
		Username string `yaml:"username"`
	}{}
	if err := c.Identity.Decode(&identity); err != nil {
		return nil, nil, err
	}
	t := text.New(text.Options{
		In:         std.in,
		Out:        std.out,
		Log:        log,
		Username:   identity.Username,
		Admin:      c.admin(),
		ColorTheme: c.ColorTheme,
		Welcome:    c.welcome(),
	})
	if l, ok := std.err.(*logs); ok {
		l.through(t.LogWriter)
	}
	return t, []bot.Plugin{textcmds.New(t)}, nil
}

// welcome is what the terminal shows first.
func (c *config) welcome() string {
	if c.StackStorm == nil {
		return demoWelcome(c.Prefix)
	}
	return fmt.Sprintf("Connected to your StackStorm. Try `%[1]sst2help`, `%[1]shelp` and `%[1]swhoami`; Ctrl-D ends.", c.Prefix)
}

// program is a bot with its StackStorm plugin.
type program struct {
	*bot.Bot
	stackStorm *st2.Plugin
}

// assemble puts the bot together. read is what was wrong with the configuration file: it is
// reported together with what turns out to be wrong now.
func assemble(c *config, read error, log *slog.Logger, std streams) (*program, error) {
	chat, extra, err := c.network(log, std)
	read = errors.Join(read, err) // without a network, too, the rest is checked
	var loaded []bot.Plugin
	for _, p := range append(plugins.Core(), extra...) {
		if c.wants(p.Name()) {
			loaded = append(loaded, p)
		}
	}
	p := &program{stackStorm: st2.New()}
	p.Bot, err = bot.New(c.Config, chat,
		bot.WithLogger(log),
		bot.WithVersion("st2bot "+version()),
		bot.WithPlugins(append(loaded, p.stackStorm)...),
	)
	if err := mistakes(read, err); err != nil {
		return nil, err
	}
	if t, ok := chat.(*text.Backend); ok {
		t.SetCompleter(func(prefix string) []string { return complete(p.Bot, c.Prefix, prefix) })
	}
	return p, nil
}

// network makes the chat network that is configured, with the plugins that go with it.
func (c *config) network(log *slog.Logger, std streams) (backend.Backend, []bot.Plugin, error) {
	if open, ok := networks[c.Backend]; ok {
		return open(c, log, std)
	}
	known := slices.Sorted(maps.Keys(networks))
	hint := ""
	if near := conf.Nearest(c.Backend, known); near != "" {
		hint = fmt.Sprintf("; did you mean %q?", near)
	}
	return nil, nil, c.Source.Errorf("backend", "unknown %q, this program has: %s%s", c.Backend, strings.Join(known, ", "), hint)
}

// mistakes joins what is wrong with a configuration.
func mistakes(errs ...error) error {
	if err := errors.Join(errs...); err != nil {
		return usageError{fmt.Errorf("the configuration has mistakes:\n%w", err)}
	}
	return nil
}

// complete returns the commands that begin with what has been typed.
func complete(b *bot.Bot, prefix, typed string) []string {
	var found []string
	for _, name := range b.CommandNames() {
		if line := prefix + name; strings.HasPrefix(line, typed) {
			found = append(found, line)
		}
	}
	return found
}

// runBot is the command "run".
func runBot(ctx context.Context, path string, std streams) (err error) {
	c, warnings, read := demoConfig(), []string(nil), error(nil)
	if path != "" {
		if c, warnings, read = readConfig(path); c == nil {
			return read
		}
	}
	std.err = newLogs(std.err)
	log, closeLog, err := c.logger(std)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeLog()) }()
	for _, w := range warnings {
		log.Warn(w)
	}
	if c.StackStorm == nil {
		stop, err := c.useDemoStackStorm(log, path)
		if err != nil {
			return err
		}
		defer stop()
	}
	p, err := assemble(c, read, log, std)
	if err != nil {
		return err
	}
	return p.Run(ctx)
}
