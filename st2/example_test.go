package st2_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/go-errbot/errbot/backend/text"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/st2"
	"github.com/go-errbot/errbot/st2/st2test"
)

// A bot that runs StackStorm's commands: here one that it is given on its input, on a
// StackStorm in memory.
func ExampleNew() {
	srv, err := st2test.Start()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	srv.AddAlias(st2test.Alias{
		Pack: "demo", Name: "echo", ActionRef: "core.local",
		Formats: []st2test.Format{{Text: "say {{cmd}}"}},
		Ack:     map[string]any{"format": "One moment."},
		Result:  map[string]any{"format": "It says: {{ execution.result.stdout }}"},
	})

	file, err := conf.Parse("bot.yaml", fmt.Appendf(nil, `
stackstorm:
  auth_url: %s
  api_url: %s
  stream_url: %s
  api_auth:
    user: {name: st2admin, password: st2admin}
`, srv.AuthURL(), srv.APIURL(), srv.StreamURL()), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	cfg := bot.DefaultConfig()
	cfg.Sections = map[string]*conf.Document{"stackstorm": file.Section("stackstorm")}

	network := text.New(text.Options{In: strings.NewReader("!st2 say echo hello\n")})
	b, err := bot.New(cfg, network, bot.WithPlugins(st2.New()), bot.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := b.Run(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// One moment.
	// It says: hello
}
