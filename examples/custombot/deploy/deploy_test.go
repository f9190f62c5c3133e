package deploy_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/examples/custombot/deploy"
	"github.com/stretchr/testify/require"
)

// start runs the plugin with a section of configuration.
func start(t *testing.T, section string) *bottest.Chat {
	t.Helper()
	doc, err := conf.Parse("bot.yaml", []byte(section), nil)
	require.NoError(t, err)
	return bottest.NewWith(t, []bottest.Option{bottest.WithConfig(func(cfg *bot.Config) {
		cfg.Plugins = map[string]*conf.Document{"Deploy": doc}
	})}, deploy.New())
}

func TestDeploy(t *testing.T) {
	chat := start(t, `announce: "#ops"`)
	alice := chat.As("@alice")
	alice.Say("!deployed").Expect("Nothing is deployed.")
	alice.Say("!deploy shop 1.2").Expect("shop 1.2 is on stage.")
	alice.Say("!deploy site 7 --env=prod").Expect("site 7 is on prod.")
	chat.In("#ops").Expect("alice deployed: shop 1.2 is on stage.", "alice deployed: site 7 is on prod.")
	alice.Say("!deployed").Expect("- shop 1.2 on stage, by alice\n- site 7 on prod, by alice")
}

func TestMistakes(t *testing.T) {
	alice := start(t, "").As("@alice")
	alice.Say("!deploy shop 1.2 --env=moon").Expect(`There is no environment "moon". Choose one of: stage, prod.`)
	alice.Say("!deploy shop").
		Expect("I couldn't parse the arguments; the following arguments are required: version",
			"usage: deploy [-h] [--env ENV] app version")
	alice.Say("!deployed forget").Expect("This command requires bot-admin privileges")
}

func TestWebhook(t *testing.T) {
	chat := start(t, "")
	chat.As("@alice").Say("!deploy shop 1.2")
	require.Contains(t, chat.Get("/deployed/shop").Body.String(), `"version":"1.2"`)
	require.Equal(t, http.StatusNotFound, chat.Get("/deployed/site").Code)
	chat.As(bottest.Admin).Say("!deployed forget").Expect("Forgotten.")
	require.Equal(t, http.StatusNotFound, chat.Get("/deployed/shop").Code)
}

// A job needs no waiting: the clock is the bubble's.
func TestReminder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chat := start(t, `announce: "#ops"`)
		chat.In("#ops").ExpectNothing()
		time.Sleep(25 * time.Hour)
		chat.In("#ops").Expect("Nothing is deployed.").ExpectNothing()
	})
}

func TestConfiguration(t *testing.T) {
	doc, err := conf.Parse("bot.yaml", []byte("environments: []"), nil)
	require.NoError(t, err)
	require.EqualError(t, deploy.New().Configure(doc),
		"bot.yaml: line 1, column 1: environments: at least one is needed")
}
