package mattermost_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mattermost/mattermost-server/v6/model"
	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/mattermost"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/plugins"
)

// BenchmarkRoundTrip is the time from a person's post on a real server to the answer on
// their screen: of a whole bot, and of a client that does nothing else. Both are asked in
// turn, since a server's speed changes with what else a machine does.
func BenchmarkRoundTrip(b *testing.B) {
	ours, raw := newScene(b), newScene(b)
	ours.bot = ours.another(func(o *mattermost.Options) { o.Server = ours.url })
	ours.serve(b)
	raw.answerRaw(b)
	var took [2][]time.Duration
	for range 20 { // connections and caches
		ours.roundTrip()
		raw.roundTrip()
	}
	for b.Loop() {
		took[0] = append(took[0], ours.roundTrip())
		took[1] = append(took[1], raw.roundTrip())
	}
	var medians [2]float64
	for i, name := range []string{"bot-ms", "raw-ms"} {
		slices.Sort(took[i])
		medians[i] = took[i][len(took[i])/2].Seconds() * 1000
		b.ReportMetric(medians[i], name)
	}
	b.ReportMetric(medians[0]/medians[1], "bot/raw")
}

func (s *scene) roundTrip() time.Duration {
	begin := time.Now()
	s.alice.say(s.room.Id, "!echo ping")
	s.alice.hear(s.room.Id)
	return time.Since(begin)
}

// serve runs a whole bot until the end of the benchmark.
func (s *scene) serve(b *testing.B) {
	host, err := bot.New(bot.DefaultConfig(), s.bot, bot.WithLogger(slog.New(slog.DiscardHandler)), bot.WithPlugins(plugins.Core()...))
	require.NoError(b, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- host.Run(ctx) }()
	b.Cleanup(func() {
		stop()
		require.NoError(b, <-ended)
	})
	waiting, cancel := context.WithTimeout(b.Context(), patience)
	defer cancel()
	require.NoError(b, until(waiting, func() bool {
		return s.bot.Typing(waiting, backend.ToRoom(backend.Room{ID: s.room.Id})) == nil
	}), "the bot is not connected")
}

// answerRaw answers everything with the client of Mattermost's own module.
func (s *scene) answerRaw(b *testing.B) {
	c := model.NewAPIv4Client(s.url)
	c.SetToken(s.token)
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
				_, _, _ = c.CreatePost(&model.Post{ChannelId: s.room.Id, Message: "ping"})
			}
		}
	}()
	b.Cleanup(func() {
		ws.Close()
		c.HTTPClient.CloseIdleConnections()
	})
}
