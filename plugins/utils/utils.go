// Package utils is the plugin Utils: small commands that show people what the bot receives
// and knows of them.
package utils

import (
	"context"

	"github.com/go-errbot/errbot/bot"
)

// Plugin has the commands echo, whoami and history. It has no configuration and no state.
type Plugin struct{}

var _ bot.Plugin = (*Plugin)(nil)

// New returns the plugin.
func New() *Plugin { return &Plugin{} }

// Name implements [bot.Plugin].
func (*Plugin) Name() string { return "Utils" }

// Register implements [bot.Plugin].
func (*Plugin) Register(r *bot.Registry) error {
	r.Doc("Shows what the bot receives and knows of you.")
	r.Command(bot.Command{
		Name:   "echo",
		Syntax: "<text>",
		Doc:    "Says the text back, as the chat network shows it.",
		Run:    bot.Text(echo),
	})
	r.Command(bot.Command{
		Name:   "whoami",
		Syntax: "[person or room]",
		Doc:    "Tells who you are to the bot and its access rules.\n\nWith an address it tells about that person or room instead.",
		Run:    bot.Text(whoami),
	})
	r.Command(bot.Command{
		Name:      "history",
		Doc:       "Lists the commands that you gave last.\n\nThe prefix and a number from the list run that command again; so does the prefix twice with the last one.",
		NoHistory: true,
		Run:       history,
	})
	return nil
}

func echo(_ context.Context, r *bot.Request) (string, error) { return r.Args, nil }
