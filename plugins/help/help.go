// Package help is the plugin Help: what the bot can do, told to the person who asks.
//
// All of its answers name only what the asker may run, here and with some arguments, and no
// hidden command. What the other plugins can do comes from the host, see
// [bot.Host.Commands]; nothing is kept here.
package help

import (
	"context"
	"strings"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/plugins/internal/markup"
)

// Plugin has the commands help, apropos and about. It has no configuration and no state.
type Plugin struct{}

var _ bot.Plugin = (*Plugin)(nil)

// New returns the plugin.
func New() *Plugin { return &Plugin{} }

// Name implements [bot.Plugin].
func (*Plugin) Name() string { return "Help" }

// Register implements [bot.Plugin].
func (*Plugin) Register(r *bot.Registry) error {
	r.Doc("Tells what the bot can do.")
	r.Command(bot.Command{
		Name:   "help",
		Syntax: "[plugin or command]",
		Doc:    "Returns a help string about everything, a plugin or a command.\n\nA plugin's name wins over a command's. Neither letter case nor the prefix matters.",
		Run:    bot.Text(help),
	})
	r.Command(bot.Command{
		Name:   "apropos",
		Syntax: "<term>",
		Doc:    "Finds commands by their names and by what help says about them.",
		Run:    bot.Text(apropos),
	})
	r.Command(bot.Command{
		Name: "about",
		Doc:  "Return information about this bot and its version.",
		Run:  bot.Text(about),
	})
	return nil
}

func help(_ context.Context, r *bot.Request) (string, error) {
	v := viewOf(r)
	if r.Args == "" {
		return "### All commands\n\n" + v.list(v.commands), nil
	}
	if commands := v.ofPlugin(r.Args); len(commands) > 0 {
		return v.list(commands), nil
	}
	if commands := v.named(r.Args); len(commands) > 0 {
		return v.details(commands), nil
	}
	return v.notDefined(r.Args), nil
}

func apropos(_ context.Context, r *bot.Request) (string, error) {
	v := viewOf(r)
	if r.Args == "" {
		return "Usage: " + markup.Code(v.prefix+"apropos <term>"), nil
	}
	commands := v.about(r.Args)
	if len(commands) == 0 {
		return "No command matches " + markup.Code(r.Args) + ".", nil
	}
	return "Available commands:\n\n" + v.found(commands), nil
}

func about(_ context.Context, r *bot.Request) (string, error) {
	return strings.Join([]string{
		"This is Errbot version " + r.Host().Info().Version + " (errbot-go).",
		"A bot that is compatible with Errbot, written in Go.",
		"https://github.com/go-errbot/errbot",
	}, "\n"), nil
}
