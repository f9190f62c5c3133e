package main

import (
	"fmt"
	"testing"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/go-errbot/errbot/examples/custombot/deploy"
	"github.com/go-errbot/errbot/st2"
	"github.com/go-errbot/errbot/st2/st2test"
	"github.com/stretchr/testify/require"
)

// Both plugins in one bot, with a StackStorm in memory.
func TestBothPlugins(t *testing.T) {
	server := st2test.New(t)
	cfg, err := parse("bot.yaml", fmt.Appendf(nil, demonstration, server.URL()))
	require.NoError(t, err)
	chat := bottest.NewWith(t, []bottest.Option{bottest.WithConfig(func(c *bot.Config) { *c = cfg.Config })},
		deploy.New(), st2.New())
	admin := chat.As("@admin")
	admin.Say("!deploy shop 1.2").Expect("shop 1.2 is on stage.")
	admin.Say("!st2help --filter search").ExpectContains("pack search <query>")
}

func TestConfigurationIsStrict(t *testing.T) {
	cfg, err := parse("bot.yaml", []byte("plugins: {Deploy: {environment: [moon]}}\nstackstorm: {}"))
	require.NoError(t, err)
	_, err = newBot(cfg)
	require.ErrorContains(t, err, `line 1, column 20: unknown key "environment"; did you mean "environments"?`)
	require.ErrorContains(t, err, "stackstorm.api_url")
}
