// Package health is the plugin Health: how the bot is, and what it is doing.
//
// What it tells about plugins, commands and messages comes from the host; see [bot.Host].
package health

import (
	"context"

	"github.com/go-errbot/errbot/bot"
)

// Plugin has the commands status and its parts, uptime, and command_stop. It has no
// configuration and no state.
type Plugin struct{}

var _ bot.Plugin = (*Plugin)(nil)

// New returns the plugin.
func New() *Plugin { return &Plugin{} }

// Name implements [bot.Plugin].
func (*Plugin) Name() string { return "Health" }

// Register implements [bot.Plugin].
func (*Plugin) Register(r *bot.Registry) error {
	r.Doc("Tells how the bot is.")
	for _, c := range []bot.Command{
		{Name: "status", Doc: "Tells all about the bot's health.", Run: bot.Text(status)},
		{Name: "status_plugins", Doc: "Tells which plugins are active.", Run: bot.Text(statusPlugins)},
		{Name: "status_load", Doc: "Tells the load average of the bot's machine.", Run: bot.Text(statusLoad)},
		{Name: "status_gc", Doc: "Tells how much memory the bot uses.", Run: bot.Text(statusGC)},
		{Name: "uptime", Doc: "Tells for how long the bot has been running.", Run: bot.Text(uptime)},
		bot.Args(bot.Command{
			Name:  "command_stop",
			Admin: true,
			Doc:   "Stops a running command by the id that `!status` gives it.",
		}, stop),
	} {
		r.Command(c)
	}
	return nil
}

func statusPlugins(_ context.Context, r *bot.Request) (string, error) {
	return plugins(r), nil
}

func statusLoad(context.Context, *bot.Request) (string, error) {
	if text := load(loadFile); text != "" {
		return text, nil
	}
	return "This system does not tell its load average.", nil
}

func statusGC(context.Context, *bot.Request) (string, error) { return memory(), nil }

// confidential reports whether an answer may hold what is not for everybody: what others
// typed, and errors, which may name machines and accounts.
func confidential(r *bot.Request) bool { return r.IsAdmin() && r.Message.IsPrivate() }
