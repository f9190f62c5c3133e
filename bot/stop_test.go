package bot_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/stretchr/testify/require"
)

func TestStopDrains(t *testing.T) {
	begun, finish := make(chan struct{}), make(chan struct{})
	chat := bottest.New(t, command("work", func(ctx context.Context, r *bot.Request) error {
		close(begun)
		<-finish
		return reply(ctx, r, "done")
	}))
	alice := bottest.Person("@alice")
	chat.Deliver(&backend.Message{Ref: backend.ToPerson(alice), From: alice, Body: "!work"})
	<-begun
	stopped := make(chan error)
	go func() { stopped <- chat.Stop() }()
	close(finish)
	require.NoError(t, <-stopped)
	chat.As("@alice").Expect("done")
}

func TestStopDoesNotWaitForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chat := bottest.New(t, command("work", func(ctx context.Context, _ *bot.Request) error {
			<-ctx.Done()
			return ctx.Err()
		}))
		alice := bottest.Person("@alice")
		chat.Deliver(&backend.Message{Ref: backend.ToPerson(alice), From: alice, Body: "!work"})
		synctest.Wait()
		require.NoError(t, chat.Stop())
		require.Contains(t, chat.Log(), "stopped in the middle")
		chat.As("@alice").Expect("work was stopped.")
	})
}

// Not even a command that does not look at its context keeps the bot from ending.
func TestStopLeavesAStubbornCommandBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		chat := bottest.New(t, command("work", func(context.Context, *bot.Request) error {
			<-release
			return nil
		}))
		alice := bottest.Person("@alice")
		chat.Deliver(&backend.Message{Ref: backend.ToPerson(alice), From: alice, Body: "!work"})
		synctest.Wait()
		require.NoError(t, chat.Stop())
		require.Contains(t, chat.Log(), `functions="[command work]"`)
		require.Contains(t, chat.Log(), "commands do not end")
	})
}

func TestStopTakesInNothingNew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		finish := make(chan struct{})
		chat := bottest.New(t, &dummy{}, command("work", func(ctx context.Context, r *bot.Request) error {
			<-finish
			return reply(ctx, r, "done")
		}))
		deliver(chat, "@alice", "!work")
		synctest.Wait()
		stopped := make(chan error, 1)
		go func() { stopped <- chat.Stop() }()
		synctest.Wait()
		deliver(chat, "@bob", "!command")
		synctest.Wait()
		close(finish)
		require.NoError(t, <-stopped)
		chat.As("@alice").Expect("done")
		chat.As("@bob").ExpectNothing()
	})
}

func TestEndOfConversationWaitsForAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chat := bottest.New(t, command("order", func(ctx context.Context, r *bot.Request) error {
			release, target, host := r.Host().Hold(), r.Target(), r.Host()
			host.Go("delivery", func(ctx context.Context) error {
				defer release()
				time.Sleep(5 * time.Second)
				_, err := host.Send(ctx, target, "delivered")
				return err
			})
			return reply(ctx, r, "ordered")
		}))
		chat.As("@alice").Say("!order").Expect("ordered")
		chat.Cut(backend.ErrEnd)
		chat.As("@alice").Next()
	})
}

func TestABotRunsOnce(t *testing.T) {
	chat := bottest.New(t, &fake{})
	require.NoError(t, chat.Stop())
	require.ErrorContains(t, chat.Bot.Run(t.Context()), "has run already")
	require.ErrorContains(t, chat.Bot.Activate(t.Context(), "Fake"), "does not run")
}

func TestActivateBeforeRun(t *testing.T) {
	b, err := bot.New(bot.DefaultConfig(), bottest.NewNetwork(), bot.WithPlugins(&fake{}))
	require.NoError(t, err)
	require.ErrorContains(t, b.Activate(t.Context(), "Fake"), "does not run")
}
