package bot_test

import (
	"context"
	"testing"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/bottest"
)

// taker takes messages that are no commands for itself.
type taker struct{}

func (taker) Name() string { return "Taker" }

func (taker) Register(r *bot.Registry) error {
	r.Fallback(func(_ context.Context, r *bot.Request) error {
		if r.Args == "mine" {
			return bot.ErrBlocked
		}
		return nil
	})
	r.Fallback(func(ctx context.Context, r *bot.Request) error {
		_, err := r.Reply(ctx, "second")
		return err
	})
	return nil
}

// A fallback that blocks a message keeps it from the others, and from being called unknown.
func TestFallbackTakesMessage(t *testing.T) {
	chat := bottest.New(t, taker{})
	chat.As("@alice").Say("!mine").ExpectNothing()
	chat.As("@alice").Say("!yours").Expect("second").ExpectContains("not found")
}
