package slack_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
)

// BenchmarkRoundTrip is the time from a person's message to the bot's answer on their screen,
// on the fake: what the backend adds to Slack's own time.
func BenchmarkRoundTrip(b *testing.B) {
	w := newWorkspace(b)
	h := w.run(w.newBot())
	ctx, cancel := context.WithCancel(b.Context())
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		for {
			select {
			case e := <-h.events:
				if m, ok := e.(*backend.Message); ok {
					_, _ = h.bot.Send(ctx, &backend.Message{Ref: m.Ref, Body: "pong"})
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	b.ReportAllocs()
	for b.Loop() {
		w.says(alice, ops, "ping", nil)
		require.Equal(b, "pong", h.shown(ops).text)
	}
	cancel()
	<-answered
}
