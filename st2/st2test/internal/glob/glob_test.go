package glob_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test/internal/glob"
)

// The outcomes are those of Python's fnmatch.fnmatchcase.
func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"st2.announcement__*", "st2.announcement__errbot", true},
		{"st2.announcement__*", "st2.announcement__has space and *", true},
		{"st2.*__create", "st2.execution__update", false},
		{"*", "", true},
		{"", "", true},
		{"?", "", false},
		{"?", "é", true},
		{"a*b*c", "aXbYbZc", true},
		{"a*b*c", "aXbYbZ", false},
		{"[a-c]x", "bx", true},
		{"[!a-c]x", "bx", false},
		{"[]]", "]", true},
		{"[!]]", "]", false},
		{"[a", "[a", true},
		{"[-a]", "-", true},
		{`\*`, `\x`, true},
		{"A", "a", false},
	} {
		require.Equal(t, c.want, glob.Match(c.pattern, c.name), "%q %q", c.pattern, c.name)
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("a*[b-d]?", "axcd")
	f.Fuzz(func(t *testing.T, pattern, name string) {
		glob.Match(pattern, name)
		require.True(t, glob.Match("*", name))
	})
}
