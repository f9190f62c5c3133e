package markdown_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/go-errbot/errbot/backend/markdown"
)

var ownSequence = regexp.MustCompile(`\x1b\[[0-9]+m`)

func FuzzText(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.Body)
	}
	r := markdown.New()
	f.Fuzz(func(t *testing.T, body string) {
		noControls(t, r.Text(body))
		noControls(t, ownSequence.ReplaceAllString(r.ANSI(body), ""))
		noControls(t, markdown.Clean(body))
	})
}

func FuzzEscape(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.Body)
	}
	r := markdown.New()
	f.Fuzz(func(t *testing.T, body string) {
		text := typed(body)
		if got := r.Text(markdown.Escape(text)); got != text {
			t.Errorf("got %q, want %q", got, text)
		}
	})
}

func noControls(t *testing.T, text string) {
	t.Helper()
	if i := strings.IndexFunc(text, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\t'
	}); i >= 0 {
		t.Errorf("control character at %d in %q", i, text)
	}
}
