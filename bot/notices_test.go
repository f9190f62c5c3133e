package bot_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/bottest"
)

// serves returns a plugin that answers a path, with its own name.
func serves(name, path string, methods ...string) *fake {
	return &fake{name: name, register: func(r *bot.Registry) {
		r.Route(bot.Route{Path: path, Methods: methods, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(name))
		})})
	}}
}

func TestRouteOfTwoPlugins(t *testing.T) {
	chat := bottest.New(t, serves("First", "/hook"), serves("Second", "/hook", "POST", "PUT"), serves("Third", "/healthz"))
	require.Equal(t, "First", chat.Post("/hook", "text/plain", nil).Body.String())
	require.Equal(t, "Second", chat.Do("PUT", "/hook", "", nil).Body.String())
	admin := chat.As(bottest.Admin)
	require.ElementsMatch(t, []string{
		"Route POST /hook of plugin Second is not served: it belongs to First.",
		"Route GET /healthz of plugin Third is not served: it belongs to the bot.",
	}, []string{admin.Next().Body, admin.Next().Body})
}

// unreachable is a network that never connects.
type unreachable struct{ *bottest.Network }

func (unreachable) Run(ctx context.Context, _ backend.Sink) error {
	<-ctx.Done()
	return nil
}

// What administrators could not be told is in the log.
func TestNoticesAtTheEnd(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	p := &fake{activate: func(_ context.Context, h *bot.Host) error {
		h.NotifyAdmins("The disk is full.")
		stop()
		return nil
	}}
	var log bytes.Buffer
	b, err := bot.New(bot.DefaultConfig(), unreachable{bottest.NewNetwork()}, bot.WithPlugins(p),
		bot.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	require.NoError(t, err)
	require.NoError(t, b.Run(ctx))
	require.Contains(t, log.String(), `notice="The disk is full."`)
}
