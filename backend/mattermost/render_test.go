package mattermost

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/markdown"
)

// What nobody sees is written "|" here.
func TestRender(t *testing.T) {
	for _, c := range []struct{ name, body, plain, markdown string }{
		{"nothing special", "hello, world", "hello, world", "hello, world"},
		{"markup", "**a** _b_", `\*\*a\*\* \_b\_`, "**a** _b_"},
		{"mention", "@all", "@·all", "@all"},
		{"address", "https://example.com", `https:·//example\.com`, "https://example.com"},
		{"emoji", ":smile:", ":·smile:", ":smile:"},
		{"time", "10:30: now", "10:30: now", "10:30: now"},
		{"entity", "&amp; & b", "&·amp; & b", "&amp; & b"},
		{"angle", "<b>", `<·b\>`, "<b>"},
		{"indented", "a\n    b\n\tc", "a\n·    b\n·\tc", "a\n    b\n\tc"},
		{"underlined", "a\n==", "a\n·==", "a\n=="},
		{"escaped mention", `\@all`, `\\@·all`, "@·all"},
		{"escaped address", `http\://a\.b`, `http\\:·//a\\\.b`, `http:·//a\.b`},
		{"code span", "`\\@a` \\@b ``\\@`c``", "\\`\\\\@·a\\` \\\\@·b \\`\\`\\\\@·\\`c\\`\\`", "`\\@a` @·b ``\\@`c``"},
		{"open code span", "` \\@b", "\\` \\\\@·b", "` @·b"},
		{"fence", "```\n\\@a\n``\n```\n\\@b", "", "```\n\\@a\n``\n```\n@·b"},
		{"tilde fence", "~~~ sh\n\\@a", "", "~~~ sh\n\\@a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.plain != "" {
				require.Equal(t, c.plain, visible(render(&backend.Message{Body: c.body, Plain: true})))
			}
			require.Equal(t, c.markdown, visible(render(&backend.Message{Body: c.body})))
		})
	}
}

func visible(text string) string { return strings.ReplaceAll(text, invisible, "·") }

func TestWhatWasTypedCannotMentionInMarkdown(t *testing.T) {
	require.Equal(t, "No such command: **@·channel** (http:·//evil\\.example)",
		visible(strings.NewReplacer(`\(`, "(", `\)`, ")").Replace(
			render(&backend.Message{Body: "No such command: **" + markdown.Escape("@channel") + "** (" + markdown.Escape("http://evil.example") + ")"}))))
}

func TestCut(t *testing.T) {
	require.Equal(t, []string{"ab", `\*`, "c"}, cut(`ab\*c`, 2))
	require.Equal(t, []string{"ab", `\*c`}, cut(`ab\*c`, 3))
	require.Equal(t, []string{`a\\`, "b"}, cut(`a\\b`, 3))
	require.Equal(t, []string{"éé", "é"}, cut("ééé", 2))
	require.Equal(t, []string{""}, cut("", 2))
}

func FuzzEscape(f *testing.F) {
	for _, seed := range []string{"", "@a", "a\n    b", "`\\@`", "\\", "\\\\\\"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		escaped := escape(text)
		require.NotContains(t, strings.ReplaceAll(escaped, "@"+invisible, ""), "@")
		require.LessOrEqual(t, utf8.RuneCountInString(escaped), 3*utf8.RuneCountInString(text)+1)
		unescape(text)
		require.Equal(t, escaped, strings.Join(cut(escaped, 7), ""))
	})
}

func TestMentionNames(t *testing.T) {
	for text, want := range map[string][][]string{
		"":                 nil,
		"no one":           nil,
		"@Alice: hi":       {{"alice"}},
		"@alice. @bob-":    {{"alice.", "alice"}, {"bob-", "bob"}},
		"me@example.com @": nil,
		"(@a_b) @@c":       {{"a_b"}, {"c"}},
	} {
		require.Equal(t, want, mentionNames(text), text)
	}
	require.Len(t, mentionNames(strings.Repeat("@a ", 1000)), mentionLimit)
}

func TestColors(t *testing.T) {
	require.Equal(t, "#123456", color("#123456"))
	require.Equal(t, color("RED"), color("danger"))
}
