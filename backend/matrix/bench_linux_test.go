package matrix_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
)

// BenchmarkRoundTrip is the time from a person's message to the bot's answer on their
// screen.
func BenchmarkRoundTrip(b *testing.B) {
	b.Run("backend", func(b *testing.B) {
		s := newScene(b)
		s.front.URL = s.url // nothing between the bot and the server
		s.bot = s.another()
		h := s.connect()
		go func() {
			for e := range h.events {
				if m, ok := e.(*backend.Message); ok {
					_, _ = s.bot.Send(s.Context(), &backend.Message{Ref: m.Ref, Body: m.Body})
				}
			}
		}()
		defer close(h.events)
		s.pingPong(b)
		h.cancel()
		require.NoError(b, h.end())
	})
	b.Run("raw client", func(b *testing.B) {
		s := newScene(b)
		transport := &http.Transport{}
		defer transport.CloseIdleConnections()
		s.twin.http = &http.Client{Transport: transport}
		raw := watch(s.twin)
		stop, ended := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(ended)
			for {
				select {
				case e := <-raw.queue("message", s.room):
					raw.say(s.room, e.Content.Body)
				case <-stop:
					return
				}
			}
		}()
		s.pingPong(b)
		close(stop)
		<-ended
	})
}

func (s *scene) pingPong(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		s.alice.say(s.room, "ping")
		s.alice.see("message", s.room)
	}
}
