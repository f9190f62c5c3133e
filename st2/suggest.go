package st2

import (
	"context"
	"strings"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/aliases"
)

// suggestMost is how many commands are suggested in place of an unknown one.
const suggestMost = 3

// noMatch answers a command that no alias matches, with what may have been meant: the
// nearest commands that the asker may run.
func (l *life) noMatch(ctx context.Context, r *bot.Request, c *client.Client, command string) string {
	answer := `No StackStorm command matches "` + clip(command, shownCommand) + `".`
	var near []string
	for _, display := range aliases.Nearest(command, l.displays(ctx, c)) {
		if l.mayRun(r, display) {
			near = append(near, `"`+l.typed(withPrefix(l.cfg.PluginPrefix, display))+`"`)
		}
		if len(near) == suggestMost {
			break
		}
	}
	if len(near) > 0 {
		answer += " Did you mean " + strings.Join(near, " or ") + "?"
	}
	return answer + " " + l.typed("st2help") + " lists what there is."
}

// mayRun reports whether access control lets the asker run what help shows as display.
func (l *life) mayRun(r *bot.Request, display string) bool {
	decision, known := l.host.Decide(r.Message, withPrefix(l.cfg.PluginPrefix, display))
	return known && decision.Allowed
}

// displays returns the commands that c's user knows; none when StackStorm does not tell soon.
func (l *life) displays(ctx context.Context, c *client.Client) []string {
	ctx, cancel := context.WithTimeout(ctx, aliasesWait)
	defer cancel()
	list, err := l.aliasesOf(ctx, c)
	if err != nil {
		l.log.Debug("no fresh suggestions: the aliases could not be listed", "error", err)
	}
	var displays []string
	for _, e := range helpEntries(list) {
		displays = append(displays, e.Display)
	}
	return displays
}
