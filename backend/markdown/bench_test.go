package markdown_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend/markdown"
)

func BenchmarkText(b *testing.B) {
	card, err := os.ReadFile("testdata/golden/card.md")
	require.NoError(b, err)
	for name, body := range map[string]string{
		"hi":    "hi",
		"plain": "The quick brown fox jumps over the lazy dog, 3 times a day.\nAnd so on.",
		"line":  "**web-1** is `up`",
		"card":  string(card),
	} {
		b.Run(name, func(b *testing.B) {
			r := markdown.New()
			b.ReportAllocs()
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				r.Text(body)
			}
		})
	}
}

func TestPlainTextCostsNoAllocation(t *testing.T) {
	r := markdown.New()
	require.Zero(t, testing.AllocsPerRun(100, func() { r.Text("hello, world\n10 hosts are up") }))
}
