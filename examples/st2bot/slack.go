package main

import (
	"fmt"
	"log/slog"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/slack"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/bot/secret"
)

// slackIdentity is bot_identity for Slack, with the keys that Errbot's backend has.
type slackIdentity struct {
	Token         secret.String     `yaml:"token"`
	AppToken      secret.String     `yaml:"app_token"`
	SigningSecret secret.String     `yaml:"signing_secret"`
	SlashCommands map[string]string `yaml:"slash_commands"`
	Timeout       conf.Seconds      `yaml:"timeout"`
	CatchUp       conf.Seconds      `yaml:"catch_up"`
	APIURL        string            `yaml:"api_url"`
}

// newSlack makes a Slack workspace the chat network.
func newSlack(c *config, log *slog.Logger, _ streams) (backend.Backend, []bot.Plugin, error) {
	var identity slackIdentity
	if err := c.Identity.Decode(&identity); err != nil {
		return nil, nil, err
	}
	if identity.SigningSecret != "" {
		log.Warn("bot_identity.signing_secret is not used: with Socket Mode Slack calls nobody; remove the line")
	}
	b, err := slack.New(slack.Options{
		Token:         identity.Token,
		AppToken:      identity.AppToken,
		Prefix:        c.Prefix,
		SlashCommands: identity.SlashCommands,
		Timeout:       identity.Timeout.Duration(),
		CatchUp:       identity.CatchUp.Duration(),
		APIURL:        identity.APIURL,
		Log:           log,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("bot_identity: %w", err)
	}
	return b, nil, nil
}
