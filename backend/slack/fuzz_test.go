package slack

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend/markdown"
)

// Whatever Slack sends can be read, and what people typed comes out as they typed it.
func FuzzReadable(f *testing.F) {
	for _, seed := range []string{
		"<@U1|a> <#C1> <!here> <!subteam^S1|@x> <http://a.b|a.b>", "a &lt;b&gt; &amp;", "<", "<>", "<|>", "<@>", "<!>", "&&amp;", "<!date^1^x|y>",
	} {
		f.Add(seed)
	}
	b := &Backend{directory: newDirectory()}
	b.directory.groups.set(nil, map[string]string{"S1": "oncall"})
	f.Fuzz(func(t *testing.T, text string) {
		shown, people, err := b.readable(t.Context(), escape(text))
		require.NoError(t, err)
		require.Empty(t, people, "typed text mentions nobody")
		require.Equal(t, text, shown)
		if strings.Contains(text, "<@") || strings.Contains(text, "<#") {
			return // asks Slack
		}
		_, _, err = b.readable(t.Context(), text)
		require.NoError(t, err)
	})
}

// Whatever a body holds, Slack takes it; escaped text mentions nobody and links nowhere.
func FuzzRich(f *testing.F) {
	for _, seed := range []string{
		"**a** _b_ `c` ~~d~~ [e](http://f)", "- a\n  - b\n1. c", "> a\n>> b", "```\nx\n", "a|b\n-|-\n1|2", "<@U123> @alice :tada:", "<!here>",
		"# h\n\n\n", "\\", "&#0;&lt;", "![x](y)", "* * *", "1. \n- ", "http://a.b/<c>|d",
	} {
		f.Add(seed)
	}
	r := newRenderer(func(username string) string {
		if username == "alice" {
			return "U1"
		}
		return ""
	})
	f.Fuzz(func(t *testing.T, body string) {
		if len(body) > 10_000 {
			return
		}
		whole(t, r.rich(body))
		escaped := r.rich(markdown.Escape(body))
		whole(t, escaped)
		for _, kind := range []string{`"user"`, `"usergroup"`, `"channel"`, `"broadcast"`, `"link"`, `"emoji"`} {
			data, err := json.Marshal(escaped)
			require.NoError(t, err)
			require.NotContains(t, string(data), `{"type":`+kind, "%q", body)
		}
		require.NotContains(t, mrkdwn(plain(body)), "<")
	})
}

// whole checks that block has nothing that Slack refuses.
func whole(t *testing.T, block *slack.RichTextBlock) {
	if block == nil {
		return
	}
	require.NotEmpty(t, block.Elements)
	for _, e := range block.Elements {
		switch e := e.(type) {
		case *slack.RichTextSection:
			parts(t, e.Elements)
		case *slack.RichTextQuote:
			parts(t, e.Elements)
		case *slack.RichTextPreformatted:
			parts(t, e.Elements)
		case *slack.RichTextList:
			require.NotEmpty(t, e.Elements)
			for _, item := range e.Elements {
				parts(t, item.(*slack.RichTextSection).Elements)
			}
		default:
			require.Fail(t, "unknown", "%T", e)
		}
	}
}

func parts(t *testing.T, list []slack.RichTextSectionElement) {
	require.NotEmpty(t, list)
	for _, p := range list {
		if text, ok := p.(*slack.RichTextSectionTextElement); ok {
			require.NotEmpty(t, text.Text)
		}
	}
}

// Whatever arrives, a frame is understood or refused.
func FuzzEvents(f *testing.F) {
	f.Add(`{"type":"message","user":"U1","text":"x","ts":"1.2","files":[{"size":null}],"attachments":{}}`)
	f.Add(`{"subtype":"message_changed","message":{"text":1}}`)
	f.Fuzz(func(_ *testing.T, text string) {
		m := &message{}
		if json.Unmarshal([]byte(text), m) == nil {
			_ = timeOf(m.TS)
			for _, file := range m.Files {
				_ = file.forHost()
			}
		}
		var i interaction
		_ = json.Unmarshal([]byte(text), &i)
	})
}

func TestTimesOfIDs(t *testing.T) {
	at := timeOf("1355517523.000005")
	require.Equal(t, "2012-12-14 20:38:43.000005", at.UTC().Format("2006-01-02 15:04:05.000000"))
	require.Equal(t, "1355517523.000005", tsOf(at))
	for _, ts := range []string{"", "x", "-1.0", "99999999999999999999.1"} {
		require.True(t, timeOf(ts).IsZero(), ts)
	}
	require.Equal(t, int64(5), timeOf("5.x").Unix())
}

func TestCachesAreBounded(t *testing.T) {
	var c cache[string]
	for i := range cached + 10 {
		c.put(tsOf(timeOf("1.0").Add(1e9*1))+strings.Repeat("x", i%7)+string(rune(i+1000)), "v", fresh)
	}
	require.LessOrEqual(t, len(c.entries), cached)
	s := newSeen()
	for i := range remembered + 10 {
		s.add(string(rune(i + 1000)))
	}
	require.Len(t, s.known, remembered)
	require.False(t, s.has(string(rune(1000))))
	require.True(t, s.has(string(rune(remembered+1009))))
}

func TestCut(t *testing.T) {
	for text, want := range map[string][]string{
		"":             {""},
		"abc":          {"abc"},
		"abcd":         {"abc", "d"},
		"a\nbcd":       {"a", "bcd"},
		"世世世世":         {"世世世", "世"},
		"\xff\xff\xff": {"\xff\xff\xff"},
	} {
		require.Equal(t, want, cut(text, 3))
		for _, part := range cut(text, 3) {
			require.LessOrEqual(t, utf8.RuneCountInString(part), 3)
		}
	}
}

func BenchmarkRich(b *testing.B) {
	backend := &Backend{directory: newDirectory()}
	backend.renderer = newRenderer(backend.knownPerson)
	for name, body := range map[string]string{
		"short": "All **hosts** are `up`, see [the page](https://example.com)",
		"4 kB":  strings.Repeat("- a line of a *long* result with `code`\n", 100),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				backend.rich(body, false)
			}
		})
	}
}
