package irc_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/irc"
)

// BenchmarkRoundTrip is the time from what a person says on a real server to the answer that
// they see: of a client that does nothing else, and of the backend.
func BenchmarkRoundTrip(b *testing.B) {
	for name, start := range servers() {
		s := start(b, "")
		b.Run(name+"/raw", func(b *testing.B) {
			raw := dialWitness(b, s.address(), "raw")
			alice := dialWitness(b, s.address(), "alice1")
			answers := make(chan struct{})
			go func() {
				defer close(answers)
				for {
					if _, err := raw.next(context.Background(), " PRIVMSG raw "); err != nil {
						return
					}
					raw.say("alice1", "pong")
				}
			}()
			b.ReportAllocs()
			for b.Loop() {
				alice.say("raw", "ping")
				alice.until(" PRIVMSG alice1 ")
			}
			raw.close()
			<-answers
		})
		b.Run(name+"/backend", func(b *testing.B) {
			bot := newBot(b, irc.Options{Server: "127.0.0.1", Port: s.port, Nick: "bot"})
			alice := dialWitness(b, s.address(), "alice2")
			h := run(b, bot)
			answers := make(chan struct{})
			ctx, cancel := context.WithCancel(context.Background())
			go func() {
				defer close(answers)
				for {
					select {
					case m := <-h.messages:
						_, _ = bot.Send(ctx, &backend.Message{Ref: m.Ref, Body: "pong"})
					case <-ctx.Done():
						return
					}
				}
			}()
			b.ReportAllocs()
			for b.Loop() {
				alice.say("bot", "ping")
				alice.until(" PRIVMSG alice2 ")
			}
			cancel()
			<-answers
		})
		s.stop()
	}
}

// BenchmarkLines is rendering and cutting, without the network.
func BenchmarkLines(b *testing.B) {
	f := newFake(b)
	bot := f.bot(b, irc.Options{})
	f.admit(b, bot)
	b.ReportAllocs()
	for b.Loop() {
		_, err := bot.Send(b.Context(), &backend.Message{Ref: toAlice(), Body: "All **hosts** are `up`, see [the page](https://example.com)"})
		require.NoError(b, err)
	}
}
