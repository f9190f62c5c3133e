package help

import (
	"strings"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/plugins/internal/markup"
)

// summarySize is how long a summary may be, in characters.
const summarySize = 80

// list renders commands below what their plugins are for, a line each.
func (v view) list(commands []bot.CommandInfo) string {
	return v.grouped(commands, heading, " - ")
}

// found renders commands below the bare names of their plugins, a line each.
func (v view) found(commands []bot.CommandInfo) string {
	return v.grouped(commands, pluginName, ": ")
}

func (v view) grouped(commands []bot.CommandInfo, head func(c bot.CommandInfo) string, between string) string {
	var b strings.Builder
	plugin := ""
	for _, c := range commands {
		if c.Plugin != plugin {
			plugin = c.Plugin
			b.WriteString("\n" + head(c) + "\n\n")
		}
		b.WriteString("- " + v.label(c) + between + summary(c.Doc) + "\n")
	}
	return strings.Trim(b.String(), "\n")
}

// pluginName names the plugin that a command belongs to.
func pluginName(c bot.CommandInfo) string { return "**" + c.Plugin + "**" }

// heading says as well what the plugin is for.
func heading(c bot.CommandInfo) string {
	if c.PluginDoc == "" {
		return pluginName(c)
	}
	return pluginName(c) + "\n\n" + c.PluginDoc
}

// details renders all that is known about commands.
func (v view) details(commands []bot.CommandInfo) string {
	var blocks []string
	for _, c := range commands {
		blocks = append(blocks, v.label(c)+" - "+documentation(c.Doc))
		if c.Usage != v.title(c) {
			blocks = append(blocks, "Usage: "+markup.Code(c.Usage))
		}
	}
	return strings.Join(blocks, "\n\n")
}

// title returns what a list calls a command: its name as it is typed, or the usage of one
// with a pattern.
func (v view) title(c bot.CommandInfo) string {
	if c.Pattern {
		return c.Usage
	}
	return v.prefix + spoken(c.Name)
}

// label is the title as Markdown.
func (v view) label(c bot.CommandInfo) string {
	title := v.title(c)
	if c.Pattern || strings.ContainsAny(title, "*_`\\[<|") {
		return markup.Code(title)
	}
	return "**" + title + "**"
}

// summary returns the first line of a command's documentation.
func summary(doc string) string {
	line, _, _ := strings.Cut(documentation(doc), "\n")
	line = strings.TrimSpace(line)
	if runes := []rune(line); len(runes) > summarySize {
		return string(runes[:summarySize-3]) + "..."
	}
	return line
}

func documentation(doc string) string {
	if doc = strings.TrimSpace(doc); doc != "" {
		return doc
	}
	return "(undocumented)"
}
