package main

import (
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/telegram"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/bot/secret"
)

// telegramIdentity is bot_identity for Telegram, with the key that Errbot's backend has.
type telegramIdentity struct {
	Token   secret.String `yaml:"token"`
	Server  string        `yaml:"server"`
	CatchUp conf.Seconds  `yaml:"catch_up"`
}

// newTelegram makes Telegram the chat network.
func newTelegram(c *config, log *slog.Logger, _ streams) (backend.Backend, []bot.Plugin, error) {
	var identity telegramIdentity
	if err := c.Identity.Decode(&identity); err != nil {
		return nil, nil, err
	}
	options := telegram.Options{
		Token:   identity.Token,
		Server:  identity.Server,
		CatchUp: identity.CatchUp.Duration(),
		Log:     log,
	}
	if c.DataDir != "" {
		options.OffsetFile = filepath.Join(c.DataDir, "telegram.offset")
	}
	b, err := telegram.New(options)
	if err != nil {
		return nil, nil, fmt.Errorf("bot_identity: %w", err)
	}
	return b, nil, nil
}
