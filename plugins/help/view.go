package help

import (
	"slices"
	"strings"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/plugins/internal/markup"
)

// view is what one asker gets to see.
type view struct {
	prefix   string
	commands []bot.CommandInfo // sorted by plugin and name
}

func viewOf(r *bot.Request) view {
	h := r.Host()
	commands := slices.DeleteFunc(h.Commands(r.Message), func(c bot.CommandInfo) bool {
		return c.Hidden || !c.Allowed
	})
	return view{h.Info().Prefix, commands}
}

func (v view) filter(keep func(c bot.CommandInfo) bool) []bot.CommandInfo {
	var kept []bot.CommandInfo
	for _, c := range v.commands {
		if keep(c) {
			kept = append(kept, c)
		}
	}
	return kept
}

// ofPlugin returns the commands of the plugin with this name.
func (v view) ofPlugin(name string) []bot.CommandInfo {
	return v.filter(func(c bot.CommandInfo) bool { return strings.EqualFold(c.Plugin, name) })
}

// named returns the commands with this name: registered or as it is typed, in any letter
// case, with the prefix or without. A pattern command also goes by its usage.
func (v view) named(name string) []bot.CommandInfo {
	full, bare := fold(name), fold(v.withoutPrefix(name))
	return v.filter(func(c bot.CommandInfo) bool {
		known := []string{fold(c.Name), fold(c.Usage), fold(v.withoutPrefix(c.Usage))}
		return slices.Contains(known, full) || slices.Contains(known, bare)
	})
}

func (v view) withoutPrefix(text string) string {
	return strings.TrimPrefix(text, strings.TrimSpace(v.prefix))
}

// about returns the commands whose name, usage or documentation holds the term.
func (v view) about(term string) []bot.CommandInfo {
	term = fold(term)
	return v.filter(func(c bot.CommandInfo) bool {
		return strings.Contains(fold(v.title(c)), term) || strings.Contains(fold(c.Doc), term)
	})
}

// notDefined answers to the name of nothing, with what may have been meant.
func (v view) notDefined(name string) string {
	answer := "That command is not defined."
	var known []string
	for _, c := range v.commands {
		known = append(known, c.Plugin, spoken(c.Name))
	}
	meant := conf.Nearest(spoken(v.withoutPrefix(name)), known)
	if meant == "" {
		return answer
	}
	return answer + " Did you mean " + markup.Code(v.prefix+"help "+meant) + "?"
}

// fold makes names equal that mean the same command.
func fold(text string) string {
	return strings.ToLower(strings.Join(strings.Fields(spoken(text)), " "))
}

func spoken(name string) string { return strings.ReplaceAll(name, "_", " ") }
