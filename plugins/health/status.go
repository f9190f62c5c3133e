package health

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/plugins/internal/markup"
)

// status puts together all that is known; what is not known is left out.
func status(_ context.Context, r *bot.Request) (string, error) {
	info := r.Host().Info()
	var parts []string
	for _, part := range []string{
		"## Yes I am alive...",
		plugins(r),
		running(r),
		connection(info) + "\n" + messages(info),
		load(loadFile),
		memory(),
	} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "\n\n"), nil
}

func connection(info bot.Info) string {
	if info.Connected.IsZero() {
		return "Not connected to " + info.Backend + "."
	}
	return fmt.Sprintf("Connected to %s as %s for %s.",
		info.Backend, markup.Code(info.Self.Address), span(time.Since(info.Connected)))
}

func messages(info bot.Info) string {
	return fmt.Sprintf("Messages: %d waiting, %d refused, %d lost.", info.Waiting, info.Refused, info.Lost)
}

func uptime(_ context.Context, r *bot.Request) (string, error) {
	started := r.Host().Info().Started
	return fmt.Sprintf("I've been up for %s (since %s).",
		span(time.Since(started)), started.Format("Monday, Jan 02 at 15:04")), nil
}
