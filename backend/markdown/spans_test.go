package markdown_test

import (
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend/markdown"
)

func TestSpans(t *testing.T) {
	type found struct {
		text  string
		kind  markdown.Kind
		value string
	}
	for body, want := range map[string]struct {
		text  string
		spans []found
	}{
		"plain":                       {text: "plain"},
		"a **b** *c* `d m`":           {"a b c d m", []found{{"b", markdown.Bold, ""}, {"c", markdown.Italic, ""}, {"d m", markdown.Code, ""}}},
		"[home](https://m.example/~)": {"home", []found{{"home", markdown.Link, "https://m.example/~"}}},
		"## Title\n\ntext":            {"Title\n\ntext", []found{{"Title", markdown.Bold, ""}}},
		"```yaml\nm: ~1\n```\n":       {"m: ~1", []found{{"m: ~1", markdown.CodeBlock, "yaml"}}},
		"**a\nb**":                    {"a\nb", []found{{"a", markdown.Bold, ""}, {"b", markdown.Bold, ""}}},
		"- one **two**":               {"• one two", []found{{"two", markdown.Bold, ""}}},
		"|**a**|\n|-|\n|b|":           {"┏━━━┓\n┃ a ┃\n┡━━━┩\n│ b │\n└───┘", []found{{"┏━━━┓\n┃ a ┃\n┡━━━┩\n│ b │\n└───┘", markdown.CodeBlock, ""}}},
		"red{:color='red'}":           {text: "red"},
		"\x1b[1mno\x1b[22m":           {text: "no"},
		`\*\*no\*\* \[x\]\(y\)`:       {text: "**no** [x](y)"},
	} {
		text, spans := markdown.New().Spans(body)
		require.Equal(t, want.text, text, "%q", body)
		var got []found
		for _, s := range spans {
			got = append(got, found{text[s.Start:s.End], s.Kind, s.Value})
		}
		require.Equal(t, want.spans, got, "%q", body)
	}
}

// Whatever a body holds, spans are ranges of whole characters, and nothing of their making
// shows.
func FuzzSpans(f *testing.F) {
	f.Add("a **b** [c](d) `e`\n\n```x\ny\n```\n> **q\n> r**\n")
	f.Add("| a | b |\n|---|---|\n| **x** | `m` |")
	renderer := markdown.New()
	f.Fuzz(func(t *testing.T, body string) {
		text, spans := renderer.Spans(body)
		require.NotContains(t, text, "\x1b")
		for _, s := range spans {
			require.Less(t, s.Start, s.End)
			require.True(t, utf8.ValidString(text[s.Start:s.End]))
		}
	})
}
