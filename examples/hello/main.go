// Command hello is the smallest bot: one plugin of its own, at the terminal. Type
// "!hello", or "!nope" to see what the host does by itself.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/go-errbot/errbot/backend/text"
	"github.com/go-errbot/errbot/bot"
)

// hello is a plugin with one command.
type hello struct{}

func (hello) Name() string { return "Hello" }

func (hello) Register(r *bot.Registry) error {
	r.Command(bot.Command{Name: "hello", Doc: "Says hello.", Run: bot.Text(greet)})
	return nil
}

func greet(_ context.Context, r *bot.Request) (string, error) {
	return fmt.Sprintf("Hello, %s!", r.From().Nick), nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	b, err := bot.New(bot.DefaultConfig(), text.New(text.Options{}), bot.WithPlugins(hello{}))
	if err == nil {
		err = b.Run(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "hello:", err)
		os.Exit(1)
	}
}
