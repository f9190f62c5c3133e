package discord

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/bwmarrin/discordgo"
	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend/markdown"
)

func TestTranslatesMarkdown(t *testing.T) {
	b := &Backend{markdown: markdown.New()}
	for body, want := range map[string]string{
		"**bold** `a || b` and || bar":              "**bold** `a || b` and \\|\\| bar",
		"#### deep\ntext":                           "**deep**\ntext",
		"-# small":                                  `\-# small`,
		"![a chart](https://x.example/i.png) below": "https://x.example/i.png below",
		"red{:color='red'} {: no, list }!":          "red {: no, list }!",
		"```\n|| ![a](b)\n| a | b |\n```\n":         "```\n|| ![a](b)\n| a | b |\n```\n",
		"a | b":                                     "a | b",
		"|a|b|\n|-|-|\n|1|2|\nend":                  "```\n┏━━━┳━━━┓\n┃ a ┃ b ┃\n┡━━━╇━━━┩\n│ 1 │ 2 │\n└───┴───┘\n```\nend",
		`\|\| \!\[`:                                 `\|\| \!\[`,
	} {
		require.Equal(t, want, b.translateMarkdown(body), "%q", body)
	}
}

func TestEscape(t *testing.T) {
	for text, want := range map[string]string{
		"# x\n- y\n1. z > q":          "\\# x\n\\- y\n1\\. z > q",
		"see https://example.com a.b": `see https\://example.com a.b`,
		"  two  ":                     "\u200b  two  \u200b",
		"<@1> @everyone :shipit:":     `\<\@1> \@everyone :shipit:`,
	} {
		require.Equal(t, want, escape(text), "%q", text)
	}
}

// However a text is cut, its parts fit, hold all of it, and keep escapes and fences whole.
func FuzzCut(f *testing.F) {
	f.Add(strings.Repeat(`\*`, 50))
	f.Add("```go\n" + strings.Repeat("a line\n", 30) + "```\nend")
	f.Add("```" + strings.Repeat("a", 300))
	f.Add(strings.Repeat("世", 70) + "\n\n" + strings.Repeat("x", 70))
	f.Fuzz(func(t *testing.T, text string) {
		const limit = 60
		parts := cut(text, limit)
		require.NotEmpty(t, parts)
		for _, part := range parts {
			require.LessOrEqual(t, utf8.RuneCountInString(part), limit)
			require.NotEmpty(t, strings.TrimSpace(part))
		}
		if !strings.Contains(text, fence) && strings.TrimSpace(text) != "" {
			bare := func(s string) string { return strings.Join(strings.Fields(s), "") }
			require.Equal(t, bare(text), bare(strings.Join(parts, "")))
		}
	})
}

// What a person types is read without a panic, and stays when it is no mention.
func FuzzReadable(f *testing.F) {
	f.Add("<@1> <#2> <!x> <")
	b := &Backend{directory: newDirectory("")}
	f.Fuzz(func(t *testing.T, text string) {
		require.Equal(t, text, b.readable(&discordgo.Message{Content: text}))
	})
}
