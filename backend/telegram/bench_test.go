package telegram_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
)

// BenchmarkRoundTrip is the time from what a person says to the answer that they see, over
// the Bot API of the fake.
func BenchmarkRoundTrip(b *testing.B) {
	f := newFake(b)
	bot := f.newBot(b, nil)
	h := run(b, bot)
	ctx, stop := context.WithCancel(context.Background())
	answers := make(chan struct{})
	go func() {
		defer close(answers)
		for {
			m, err := receive(ctx, h.messages)
			if err != nil {
				return
			}
			_, _ = bot.Send(ctx, &backend.Message{Ref: m.Ref, Body: "pong"})
		}
	}()
	b.ReportAllocs()
	for b.Loop() {
		f.say(group, "ping", nil)
		_, err := f.seen.next(b.Context(), spot(group, 0, 0))
		require.NoError(b, err)
	}
	stop()
	<-answers
}
