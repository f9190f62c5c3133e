// Command hello is the smallest bot: one plugin of its own, at the terminal.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/go-errbot/errbot/backend/text"
	"github.com/go-errbot/errbot/bot"
)

type hello struct{}

func (hello) Name() string { return "Hello" }

func (hello) Register(r *bot.Registry) error {
	r.Command(bot.Command{Name: "hello", Doc: "Says hello.", Run: bot.Text(func(_ context.Context, r *bot.Request) (string, error) {
		return fmt.Sprintf("Hello, %s!", r.From().Nick), nil
	})})
	return nil
}

func main() {
	b, err := bot.New(bot.DefaultConfig(), text.New(text.Options{}), bot.WithPlugins(hello{}))
	if err != nil {
		log.Fatal(err)
	}
	if err := b.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
}
