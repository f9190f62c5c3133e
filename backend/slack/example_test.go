package slack_test

import (
	"context"
	"fmt"

	"github.com/go-errbot/errbot/backend/slack"
	"github.com/go-errbot/errbot/bot"
)

// A bot takes the backend in place of any other.
func ExampleNew() {
	cfg := bot.DefaultConfig()
	chat, err := slack.New(slack.Options{
		Token:         "xoxb-...", // from the environment, say
		AppToken:      "xapp-...",
		Prefix:        cfg.Prefix,
		SlashCommands: map[string]string{"/errbot": "!"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	b, err := bot.New(cfg, chat)
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = func(ctx context.Context) error { return b.Run(ctx) }
	fmt.Println(chat.Name(), chat.Limits().MessageSize)
	// Output: slack 4000
}
