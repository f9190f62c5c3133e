package wording_test

import (
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/internal/wording"
)

func TestClip(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "short": "short", " a\n\tb ": "a b", "sechs!": "sech…", "äöüßé": "äöüßé", "äöüßéx": "äöüß…",
	} {
		require.Equal(t, want, wording.Clip(text, 5))
	}
}

func TestSentence(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "", "x": "x.", "x.": "x.", "x?": "x?", "x!": "x!"} {
		require.Equal(t, want, wording.Sentence(text))
	}
}

func TestNormalise(t *testing.T) {
	t.Parallel()
	require.Equal(t, `say "it's" so`, wording.Normalise(" say\u00a0“it’s”\u202fso\n"))
	require.Equal(t, "a  b", wording.Normalise("a  b"), "nothing else is changed")
}

func FuzzClip(f *testing.F) {
	f.Add("a b\nc", 3)
	f.Fuzz(func(t *testing.T, text string, n int) {
		n = max(1, min(n, 1000))
		clipped := wording.Clip(text, n)
		require.NotContains(t, clipped, "\n")
		require.LessOrEqual(t, min(len(clipped), utf8.RuneCountInString(clipped)), n)
	})
}
