package telegram

import (
	"log/slog"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/markdown"
)

// However a text is cut, its parts fit, hold all of it, and say the same of it.
func FuzzCut(f *testing.F) {
	f.Add("a **b** `c`\n" + strings.Repeat("😀 long ", 30))
	f.Add("```go\n" + strings.Repeat("a line\n", 30) + "```\n@alice **@bob** end")
	b := &Backend{markdown: markdown.New()}
	f.Fuzz(func(t *testing.T, body string) {
		const limit = 40
		whole := b.render(&backend.Message{Body: body})
		bare := func(s string) string { return strings.Join(strings.Fields(s), "") }
		got := ""
		for _, p := range whole.cut(limit) {
			require.LessOrEqual(t, units(p.text), limit)
			require.NotEmpty(t, strings.TrimSpace(p.text))
			for _, e := range p.entities() {
				require.GreaterOrEqual(t, e.Offset, 0)
				require.LessOrEqual(t, e.Offset+e.Length, units(p.text))
			}
			for _, s := range p.spans {
				require.True(t, utf8.ValidString(p.text) == utf8.ValidString(p.text[s.Start:s.End]) || !utf8.ValidString(body))
			}
			got += p.text
		}
		if strings.TrimSpace(whole.text) != "" {
			require.Equal(t, bare(whole.text), bare(got))
		}
	})
}

// Whatever Telegram answers is read without a panic.
func FuzzUpdates(f *testing.F) {
	f.Add(`{"ok":true,"result":[{"update_id":1,"message":{"message_id":1,"date":1,"chat":{"id":-1,"type":"group"},"from":{"id":2},"text":"/a@b","entities":[{"type":"mention","offset":-1,"length":99}]}}]}`)
	f.Add(`{"ok":true,"result":[{"update_id":2,"my_chat_member":{"chat":{"id":-1},"old_chat_member":{"status":"left"},"new_chat_member":{"status":"member","user":{"id":1}}}}]}`)
	f.Add(`{"ok":true,"result":[{"update_id":3,"message_reaction":{"user":{"id":1},"new_reaction":[{"type":"emoji","emoji":"👍"}]}}, null]}`)
	f.Add(`{"ok":false,"error_code":409}`)
	b, err := New(Options{Token: "1:a", Log: slog.New(slog.DiscardHandler)})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, answer string) {
		updates, err := b.decodeUpdates(strings.NewReader(answer))
		if err != nil {
			return
		}
		for _, u := range updates {
			for _, e := range b.translate(u) {
				if m, ok := e.(*backend.Message); ok {
					require.NotEmpty(t, m.From.ID)
				}
			}
		}
	})
}
