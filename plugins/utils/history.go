package utils

import (
	"context"
	"fmt"
	"strings"

	"github.com/go-errbot/errbot/bot"
)

// history answers with one line a command, the oldest first and the latest numbered 1. What
// people typed is shown as it is: it may look like markup.
func history(ctx context.Context, r *bot.Request) error {
	entries := r.Host().History(r.From())
	if len(entries) == 0 {
		return nil
	}
	prefix := r.Host().Info().Prefix
	var lines []string
	for i, e := range entries {
		lines = append(lines, fmt.Sprintf("%2d:%s%s", len(entries)-i, prefix, typed(e)))
	}
	_, err := r.ReplyPlain(ctx, strings.Join(lines, "\n"))
	return err
}

// typed returns what was typed after the prefix, on one line.
func typed(e bot.HistoryEntry) string {
	text := e.Args
	if !e.Pattern {
		text = e.Command + " " + e.Args
	}
	return strings.TrimSpace(strings.ReplaceAll(text, "\n", " "))
}
