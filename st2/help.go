package st2

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/st2/client"
)

// shownDescription is how many characters of a description help shows.
const shownDescription = 160

// helpArgs are the arguments of st2help.
type helpArgs struct {
	Pack   string `flag:"pack" metavar:"PACK" help:"only the commands of this pack"`
	Filter string `flag:"filter" metavar:"REGEX" help:"only commands in which this is found, in any case"`
	Limit  int    `flag:"limit" metavar:"N" default:"100" help:"how many to show at most; 0 shows all"`
	Offset int    `flag:"offset" metavar:"N" default:"0" help:"how many to leave out first"`
}

// help lists the commands that the asker may run.
func (p *Plugin) help(ctx context.Context, r *bot.Request, args helpArgs) error {
	l := p.life.Load()
	if args.Limit < 0 || args.Offset < 0 {
		return l.say(ctx, r, "--limit and --offset must not be negative.")
	}
	c, err := l.speaker.clientFor(ctx, r.From())
	if err != nil {
		return err
	}
	entries, err := l.commands(ctx, c, args)
	if err != nil {
		if ctx.Err() != nil || isSaid(err) {
			return err
		}
		l.logFault("StackStorm commands not listed", r, "", err)
		return l.say(ctx, r, l.explain("", err))
	}
	entries = slices.DeleteFunc(entries, func(e client.HelpEntry) bool { return !l.mayRun(r, e.Display) })
	return l.say(ctx, r, l.helpText(entries, args))
}

// commands returns what matches args, as the help endpoint has it or, where StackStorm fails
// at that, made of the aliases. All of them are needed: how many the asker may run, only
// the bot knows.
func (l *life) commands(ctx context.Context, c *client.Client, args helpArgs) ([]client.HelpEntry, error) {
	help, err := c.Help(ctx, client.HelpQuery{Pack: args.Pack, Filter: args.Filter, Limit: -1})
	if err == nil {
		return help.Entries, nil
	}
	var api *client.APIError
	if !errors.As(err, &api) || errors.Is(err, client.ErrUnauthorized) || isSaid(err) {
		return nil, err
	}
	l.log.Info("StackStorm's help fails; the commands are taken from its aliases", "error", err)
	aliases, err := c.Aliases(ctx)
	if err != nil {
		return nil, err
	}
	found := finder(args.Filter)
	return slices.DeleteFunc(helpEntries(aliases), func(e client.HelpEntry) bool {
		return args.Pack != "" && e.Pack != args.Pack || !found(e.Display)
	}), nil
}

// finder returns a function that searches for a regular expression, or for the text itself
// where it is none, in any case.
func finder(filter string) func(text string) bool {
	if re, err := regexp.Compile("(?i)" + filter); err == nil {
		return re.MatchString
	}
	filter = strings.ToLower(filter)
	return func(text string) bool { return strings.Contains(strings.ToLower(text), filter) }
}

// helpEntries returns what StackStorm's help would show of aliases.
func helpEntries(aliases []client.Alias) []client.HelpEntry {
	var entries []client.HelpEntry
	for _, a := range aliases {
		if !a.Enabled {
			continue
		}
		for _, f := range a.Formats {
			if f.Display != "" {
				entries = append(entries, client.HelpEntry{Pack: a.Pack, Display: f.Display, Description: a.Description})
			}
		}
	}
	return entries
}

// helpText shows a window of entries, grouped by pack.
func (l *life) helpText(entries []client.HelpEntry, args helpArgs) string {
	if len(entries) == 0 {
		if args.Pack != "" || args.Filter != "" {
			return "No StackStorm command that you may run is like that."
		}
		return "There is no StackStorm command that you may run."
	}
	shown := entries[min(args.Offset, len(entries)):]
	if args.Limit > 0 {
		shown = shown[:min(args.Limit, len(shown))]
	}
	var text strings.Builder
	for start := 0; start < len(shown); {
		end := start
		for end < len(shown) && shown[end].Pack == shown[start].Pack {
			end++
		}
		l.writePack(&text, shown[start:end])
		start = end
	}
	text.WriteString(window(len(shown), len(entries), args))
	return strings.TrimRight(text.String(), "\n")
}

// writePack shows the commands of one pack, with their descriptions in a column.
func (l *life) writePack(text *strings.Builder, entries []client.HelpEntry) {
	const widest = 44 // of what aligns the column
	column := 0
	usages := make([]string, len(entries))
	for i, e := range entries {
		usages[i] = l.typed(withPrefix(l.cfg.PluginPrefix, clip(e.Display, shownDescription)))
		if n := utf8.RuneCountInString(usages[i]); n <= widest {
			column = max(column, n)
		}
	}
	text.WriteString(entries[0].Pack + "\n")
	for i, e := range entries {
		if e.Description == "" {
			fmt.Fprintf(text, "  %s\n", usages[i])
			continue
		}
		fmt.Fprintf(text, "  %-*s  %s\n", column, usages[i], clip(e.Description, shownDescription))
	}
	text.WriteString("\n")
}

// window says which part is shown, "" when it is all.
func window(shown, all int, args helpArgs) string {
	switch end := args.Offset + shown; {
	case shown == all:
		return ""
	case shown == 0:
		return fmt.Sprintf("There are only %d.", all)
	case end < all:
		return fmt.Sprintf("%d of %d shown, --offset %d for more.", shown, all, end)
	}
	return fmt.Sprintf("%d of %d shown.", shown, all)
}
