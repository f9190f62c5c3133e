// Command custombot shows how to build a bot of one's own: a plugin from package deploy
// beside StackStorm's and the core ones. It reads the configuration file that it is given:
//
//	custombot bot.yaml
//
// Without one it talks at the terminal to a StackStorm in memory.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"github.com/go-errbot/errbot/backend/text"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/examples/custombot/deploy"
	"github.com/go-errbot/errbot/plugins"
	"github.com/go-errbot/errbot/st2"
	"github.com/go-errbot/errbot/st2/st2test"
)

// config is the host's configuration with one section more.
type config struct {
	bot.Config `yaml:",inline"`
	StackStorm *conf.Document `yaml:"stackstorm"`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "custombot:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, files []string) error {
	server, err := st2test.Start()
	if err != nil {
		return err
	}
	defer server.Close()
	name, data := "demonstration", fmt.Appendf(nil, demonstration, server.URL())
	if len(files) > 0 {
		name = files[0]
		if data, err = os.ReadFile(name); err != nil {
			return err
		}
	}
	cfg, err := parse(name, data)
	if err != nil {
		return err
	}
	b, err := newBot(cfg)
	if err != nil {
		return err
	}
	return b.Run(ctx)
}

// demonstration is the configuration for a StackStorm at an address.
const demonstration = `
bot_admins: ["@admin"]
plugins:
  Deploy: {environments: [stage, prod]}
stackstorm:
  auth_url: %[1]s/auth/v1
  api_url: %[1]s/api/v1
  stream_url: %[1]s/stream/v1
  api_auth: {user: {name: st2admin, password: st2admin}}
`

func parse(name string, data []byte) (*config, error) {
	doc, err := conf.Parse(name, data, os.LookupEnv)
	if doc == nil {
		return nil, err
	}
	cfg := &config{Config: bot.DefaultConfig()}
	err = errors.Join(err, doc.Decode(cfg))
	cfg.Source = doc
	cfg.Sections = map[string]*conf.Document{"stackstorm": cfg.StackStorm}
	return cfg, err
}

func newBot(cfg *config) (*bot.Bot, error) {
	return bot.New(cfg.Config, text.New(text.Options{}),
		bot.WithPlugins(plugins.Core()...),
		bot.WithPlugins(deploy.New(), st2.New()),
	)
}
