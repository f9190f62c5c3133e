package st2

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/pmezard/go-difflib/difflib"
)

// How an unknown command is compared with the known ones.
const (
	suggestCompare = 2000 // commands compared at most
	suggestMost    = 3
	similarEnough  = 0.6
)

// noMatch answers a command that no alias matches, with what may have been meant: the
// nearest commands that the asker may run.
func (l *life) noMatch(ctx context.Context, r *bot.Request, c *client.Client, command string) string {
	answer := `No StackStorm command matches "` + clip(command, shownCommand) + `".`
	var near []string
	for _, display := range nearest(command, l.displays(ctx, c)) {
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

// nearest returns the displays that are most like command, best first. Only the words of a
// display are compared, not its parameters.
func nearest(command string, displays []string) []string {
	type candidate struct {
		display string
		ratio   float64
	}
	var found []candidate
	typed := strings.Fields(clip(command, shownCommand))
	for _, display := range displays[:min(len(displays), suggestCompare)] {
		words := fixedWords(display)
		if len(words) == 0 {
			continue
		}
		begin := strings.Join(typed[:min(len(typed), len(words))], " ")
		m := difflib.NewMatcher(strings.Split(strings.Join(words, " "), ""), strings.Split(begin, ""))
		if ratio := m.Ratio(); ratio >= similarEnough {
			found = append(found, candidate{display, ratio})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return cmp.Compare(b.ratio, a.ratio) })
	var near []string
	for _, c := range found {
		near = append(near, c.display)
	}
	return near
}

// fixedWords returns the words of a display up to its first parameter.
func fixedWords(display string) []string {
	end := strings.IndexAny(display, "<[{(")
	if end < 0 {
		end = len(display)
	}
	return strings.Fields(display[:end])
}

// displays returns the commands that StackStorm knows; none when it does not tell soon. c asks
// where the bot itself may not.
func (l *life) displays(ctx context.Context, c *client.Client) []string {
	ctx, cancel := context.WithTimeout(ctx, aliasesWait)
	defer cancel()
	aliases, err := l.aliases.get(ctx)
	if err != nil && c != l.client {
		aliases, err = c.Aliases(ctx)
	}
	if err != nil {
		l.log.Debug("no fresh suggestions: the aliases could not be listed", "error", err)
		aliases, _ = l.aliases.last()
	}
	var displays []string
	for _, e := range helpEntries(aliases) {
		displays = append(displays, e.Display)
	}
	return displays
}
