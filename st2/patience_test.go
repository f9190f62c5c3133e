package st2_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test"
)

// A StackStorm that answers the very first list too late for the start: what was announced before
// the bot was there is not told, what comes after is, although no stream stands yet.
func TestSlowAtTheFirstStart(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bubble) {
		b.announce("old")
		b.pass(time.Minute)
		b.srv.SetFaults(st2test.Faults{Latency: 8 * time.Second})
		b.start()
		b.pass(2 * time.Second)
		b.announce("new")
		b.settle()
		require.Equal(b.t, []string{"new"}, b.heard("#ops", ""))
		b.chat.As("@admin").ExpectNothing()
	})
}

// What the stream brings before the list is read the first time is no reason to think that the
// list does not show it.
func TestListedAfterTheStream(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bubble) {
		b.srv.SetFaults(st2test.Faults{APIDown: true})
		b.start()
		b.announce("first")
		b.pass(time.Second)
		b.srv.SetFaults(st2test.Faults{})
		b.chat.As("@admin").Drain()
		b.pass(time.Hour)
		for _, m := range b.chat.As("@admin").Drain() {
			require.Contains(b.t, m.Body, "StackStorm is back")
		}
		require.Equal(b.t, []string{"first"}, b.heard("#ops", ""))
	})
}

// So much was announced while the bot was away, by a StackStorm so slow, that no list reaches
// its end in time: each gets further than the one before.
func TestManyWhileAway(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bubble) {
		b.start()
		b.announce("first")
		b.pass(time.Minute)
		require.Equal(b.t, []string{"first"}, b.heard("#ops", ""))
		require.NoError(b.t, b.chat.Stop())
		for i := range numbered {
			b.announce(fmt.Sprintf("announcement %d", i))
			b.pass(time.Minute)
		}
		b.srv.SetFaults(st2test.Faults{Latency: 20 * time.Second})
		b.start()
		b.pass(2 * time.Hour)
		require.Equal(b.t, texts(numbered, "announcement %d"), b.heard("#ops", ""))
	})
}

// Whenever the announcement comes while the bot is about to tell the result by itself, the result
// is told once.
func TestAnnouncedWhileTold(t *testing.T) {
	t.Parallel()
	for delay := 20 * time.Second; delay < 40*time.Second; delay += 500 * time.Millisecond {
		inBubble(t, func(b *bubble) {
			b.start()
			b.srv.SetFaults(st2test.Faults{Latency: time.Second})
			b.greet("you")
			b.settle()
			require.Equal(b.t, []string{"Hello you!"}, b.heard("#work", "Hello"), "announced after %v", delay)
		}, st2test.WithNotifyDelay(delay))
	}
}

// What a command says while it runs is not its result: that is told although StackStorm loses it.
func TestProgressIsNoResult(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bubble) {
		b.srv.AddAction(st2test.Action{Ref: "demo.build", Runner: "orquesta", Run: func(ctx context.Context, call *st2test.Call) (any, error) {
			_, err := call.Task(ctx, "tell", "chatops.post_message", payload{
				"channel": "#work", "user": "@alice", "message": "half of it is done", "route": "errbot",
			})
			return "done", err
		}})
		b.srv.AddAlias(st2test.Alias{
			Pack: "demo", Name: "build", ActionRef: "demo.build", Formats: []st2test.Format{{Text: "build"}},
			Ack: payload{"enabled": false}, Result: payload{"format": "it is built"},
		})
		b.srv.RemoveRule("chatops.notify-errbot")
		b.start()
		b.chat.As("@alice").In("#work").Say("!st2 build")
		b.settle()
		require.Equal(b.t, []string{"half of it is done", "it is built"}, b.heard("#work", ""))
	})
}
