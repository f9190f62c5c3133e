package health

import (
	"strings"
	"time"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/plugins/internal/markup"
)

const legend = "A = Activated, D = Deactivated, F = Failed"

// plugins renders the states of all plugins, and why one failed.
func plugins(r *bot.Request) string {
	var (
		rows   [][]string
		failed []string
	)
	for _, p := range r.Host().Plugins() {
		rows = append(rows, []string{letter(p.State), p.Name})
		if p.State == bot.Failed && confidential(r) {
			failed = append(failed, "- **"+p.Name+"** failed: "+reason(p))
		}
	}
	parts := []string{markup.Table([]string{"Status", "Name"}, rows), legend}
	if len(failed) > 0 {
		parts = append(parts, strings.Join(failed, "\n"))
	}
	return strings.Join(parts, "\n\n")
}

func letter(s bot.PluginState) string {
	switch s {
	case bot.Active:
		return "A"
	case bot.Failed:
		return "F"
	default:
		return "D"
	}
}

func reason(p bot.PluginInfo) string {
	first, _, _ := strings.Cut(p.Err.Error(), "\n")
	text := markup.Code(first)
	if p.RetryAt.IsZero() {
		return text
	}
	return text + ", next try in " + span(max(0, time.Until(p.RetryAt)))
}
