package mattermost_test

import (
	"strings"
	"testing"

	"github.com/mattermost/mattermost-server/v6/model"
	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
)

// BenchmarkRoundTrip is the time from a person's post to the bot's answer on their screen.
func BenchmarkRoundTrip(b *testing.B) {
	b.Run("backend", func(b *testing.B) {
		s := newScene(b)
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
		c := model.NewAPIv4Client(s.url)
		c.SetToken(s.token)
		defer c.HTTPClient.CloseIdleConnections()
		ws, err := model.NewWebSocketClient4(strings.Replace(s.url, "http", "ws", 1), s.token)
		require.NoError(b, err)
		ws.Listen()
		go func() {
			for range ws.ResponseChannel {
			}
		}()
		go func() {
			for e := range ws.EventChannel {
				text, _ := e.GetData()["post"].(string)
				if e.EventType() == model.WebsocketEventPosted && !strings.Contains(text, s.account.UserId) {
					_, _, _ = c.CreatePost(&model.Post{ChannelId: s.room.Id, Message: "pong"})
				}
			}
		}()
		s.pingPong(b)
		ws.Close()
	})
}

func (s *scene) pingPong(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		s.alice.say(s.room.Id, "ping")
		s.alice.hear(s.room.Id)
	}
}
