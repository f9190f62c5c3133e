package bot

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/go-errbot/errbot/backend"
	"github.com/stretchr/testify/require"
)

func TestSplit(t *testing.T) {
	for name, c := range map[string]struct {
		body  string
		limit int
		unit  backend.Unit
		want  []string
	}{
		"short":                {"hi", 10, backend.Runes, []string{"hi"}},
		"empty":                {"", 10, backend.Runes, []string{""}},
		"no place to cut":      {"foobar2000foobar2000", 19, backend.Runes, []string{"foobar2000foobar200", "0"}},
		"between words":        {"one two three", 8, backend.Runes, []string{"one two", "three"}},
		"rather between lines": {"one\ntwo three", 8, backend.Runes, []string{"one", "two", "three"}},
		"line end just behind": {"12345\n67890", 5, backend.Runes, []string{"12345", "67890"}},
		"empty lines stay":     {"a\n\n\nb", 3, backend.Runes, []string{"a\n\n", "b"}},
		"characters":           {"ééé", 2, backend.Runes, []string{"éé", "é"}},
		"bytes":                {"ééé", 4, backend.Bytes, []string{"éé", "é"}},
		"bytes, uneven":        {"ééé", 3, backend.Bytes, []string{"é", "é", "é"}},
		"UTF-16":               {"😀😀😀", 4, backend.UTF16, []string{"😀😀", "😀"}},
		"larger than limit":    {"😀", 1, backend.Bytes, []string{"😀"}},
		"broken text":          {"\xff\xff\xff", 2, backend.Bytes, []string{"\xff\xff", "\xff"}},
		"fence": {"see:\n```go\nline 1\nline 2\nline 3\n```\nend", 24, backend.Runes, []string{
			"see:\n```go\nline 1\n```", "```go\nline 2\nline 3\n```", "end",
		}},
		"fence on one line":    {"```a``` b c d e f", 9, backend.Runes, []string{"```a``` b", "c d e f"}},
		"no space for a fence": {"```\naaaaaaaa\n```", 6, backend.Runes, []string{"```", "aaaaaa", "aa\n```"}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, split(c.body, c.limit, c.unit))
		})
	}
}

// FuzzSplit checks that no part is too long and that nothing is lost but white space.
func FuzzSplit(f *testing.F) {
	f.Add("see:\n```go\nline 1\nline 2\n```\nend", 24, uint8(0))
	f.Add("```\n😀 é\xff\n```", 9, uint8(2))
	f.Fuzz(func(t *testing.T, body string, limit int, u uint8) {
		unit := backend.Unit(u % 3)
		limit = 1 + abs(limit)%2000
		parts := split(body, limit, unit)
		for _, p := range parts {
			if measure(p, unit) > limit && utf8.RuneCountInString(p) > 1 {
				t.Fatalf("a part of %d is longer than %d: %q", measure(p, unit), limit, p)
			}
		}
		require.True(t, isWithin(essence(body), essence(strings.Join(parts, ""))), "text was lost: %q", parts)
	})
}

func abs(n int) int { return max(n, -(n + 1)) }

// essence is text without white space.
func essence(text string) string {
	return strings.Join(strings.FieldsFunc(text, unicode.IsSpace), "")
}

// isWithin reports whether all of text is in whole, in its order: whole may have fences more.
func isWithin(text, whole string) bool {
	for len(text) > 0 && len(whole) > 0 {
		if text[0] == whole[0] {
			text = text[1:]
		}
		whole = whole[1:]
	}
	return text == ""
}

func BenchmarkSplit(b *testing.B) {
	body := strings.Repeat("a line of some output that a command printed\n", 25_000)
	b.ReportAllocs()
	for b.Loop() {
		split(body, 4000, backend.Runes)
	}
}
