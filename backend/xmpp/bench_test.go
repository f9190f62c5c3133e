package xmpp_test

import (
	"context"
	"strings"
	"testing"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/xmpp"
)

// BenchmarkRoundTrip is the time from what a person says on a real server to the answer that
// they see, in private and in a room: of a client that does nothing else, and of the backend.
func BenchmarkRoundTrip(b *testing.B) {
	for name := range starters {
		s := theServer(b, name)
		for _, place := range []string{"private", "room"} {
			b.Run(name+"/"+place+"/raw", func(b *testing.B) { benchRaw(b, s, place) })
			b.Run(name+"/"+place+"/backend", func(b *testing.B) { benchBackend(b, s, place) })
		}
	}
}

// pingPong makes the person say something and wait for the answer, again and again.
func pingPong(b *testing.B, alice *witness, to, from string) {
	b.ReportAllocs()
	for b.Loop() {
		alice.say(to, "ping")
		alice.until(func(e element) bool { return e.text("body") == "pong" && strings.HasPrefix(e.attr("from"), from) })
	}
}

func benchRaw(b *testing.B, s *server, place string) {
	raw, alice := dialWitness(b, s, fresh("raw")), dialWitness(b, s, fresh("alice"))
	to, back := raw.bare(), alice.bare()
	if place == "room" {
		to = fresh("ops") + "@" + s.rooms()
		back = to
		alice.create(to)
		raw.join(to)
	}
	answers := make(chan struct{})
	go func() {
		defer close(answers)
		for {
			if _, err := raw.await(context.Background(), func(e element) bool { return e.text("body") == "ping" }); err != nil {
				return
			}
			raw.say(back, "pong")
		}
	}()
	pingPong(b, alice, to, to)
	raw.close()
	<-answers
}

func benchBackend(b *testing.B, s *server, place string) {
	alice, name := dialWitness(b, s, fresh("alice")), fresh("bot")
	o := s.options(b, name)
	o.Encryption = xmpp.PlainText // as the other client
	bot := newBot(b, o)
	h := run(b, bot)
	to := name + "@" + s.domain
	if place == "room" {
		to = fresh("ops") + "@" + s.rooms()
		alice.create(to)
		if err := bot.Join(b.Context(), to, "", ""); err != nil {
			b.Fatal(err)
		}
	}
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
	pingPong(b, alice, to, to)
	cancel()
	<-answers
}
