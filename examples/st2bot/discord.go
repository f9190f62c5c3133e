package main

import (
	"fmt"
	"log/slog"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/discord"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/bot/secret"
)

// discordIdentity is bot_identity for Discord, with the keys that Errbot's backend has.
type discordIdentity struct {
	Token          secret.String `yaml:"token"`
	Guild          string        `yaml:"guild"`
	MessageContent bool          `yaml:"message_content"`
	Members        bool          `yaml:"members"`
	Presences      bool          `yaml:"presences"`
	CatchUp        conf.Seconds  `yaml:"catch_up"`
	InitialIntents any           `yaml:"initial_intents"`
}

// newDiscord makes Discord the chat network.
func newDiscord(c *config, log *slog.Logger, _ streams) (backend.Backend, []bot.Plugin, error) {
	identity := discordIdentity{MessageContent: true}
	if err := c.Identity.Decode(&identity); err != nil {
		return nil, nil, err
	}
	if identity.InitialIntents != nil {
		log.Warn("bot_identity.initial_intents is not used: message_content, members and presences say what is asked for; remove the line")
	}
	b, err := discord.New(discord.Options{
		Token:          identity.Token,
		Guild:          identity.Guild,
		WithoutContent: !identity.MessageContent,
		Members:        identity.Members,
		Presences:      identity.Presences,
		CatchUp:        identity.CatchUp.Duration(),
		Log:            log,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("bot_identity: %w", err)
	}
	return b, nil, nil
}
