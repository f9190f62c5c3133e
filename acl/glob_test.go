package acl_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-errbot/errbot/acl"
	"github.com/stretchr/testify/require"
)

// globVector is what Python 3.11's fnmatch.fnmatchcase answered.
type globVector struct {
	Pattern, Text string
	Match         bool
}

func globVectors(t testing.TB) []globVector {
	t.Helper()
	data, err := os.ReadFile("testdata/globs.json")
	require.NoError(t, err)
	var vectors []globVector
	require.NoError(t, json.Unmarshal(data, &vectors))
	require.NotEmpty(t, vectors)
	return vectors
}

func TestGlobIsPythons(t *testing.T) {
	for _, v := range globVectors(t) {
		require.Equal(t, v.Match, acl.Compile(v.Pattern).Match(v.Text), "%q with %q", v.Pattern, v.Text)
	}
}

func TestGlobBytesThatAreNotUTF8(t *testing.T) {
	for _, v := range []globVector{
		{"\xff", "\xff", true},
		{"\xff", "\xfe", false},
		{"\xff", "\uFFFD", false},
		{"?", "\xff", true},
		{"a?b", "a\xe3\x81b", false},
		{"a??b", "a\xe3\x81b", true},
		{"\xc3?", "é", false},
		{"\xc3*", "é", false},
		{"[\xff]", "\xff", true},
	} {
		require.Equal(t, v.Match, acl.Compile(v.Pattern).Match(v.Text), "%q with %q", v.Pattern, v.Text)
	}
}

// A matcher that tries every way to share the text among the stars would not come
// back from this in a lifetime.
func TestGlobDoesNotBlowUp(t *testing.T) {
	g := acl.Compile(strings.Repeat("a*", 30) + "b")
	require.False(t, g.Match(strings.Repeat("a", 20_000)))
	require.True(t, g.Match(strings.Repeat("a", 20_000)+"b"))
}

// FuzzGlob compares the matcher with one that follows the definition word by word.
func FuzzGlob(f *testing.F) {
	for _, v := range globVectors(f) {
		f.Add(v.Pattern, v.Text)
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 12 || len(text) > 12 || !utf8.ValidString(pattern) || !utf8.ValidString(text) {
			acl.Compile(pattern).Match(text) // must not panic
			return
		}
		want := naiveMatch([]rune(pattern), []rune(text))
		require.Equal(t, want, acl.Compile(pattern).Match(text), "%q with %q", pattern, text)
	})
}

func naiveMatch(pattern, text []rune) bool {
	if len(pattern) == 0 {
		return len(text) == 0
	}
	if pattern[0] == '*' {
		return naiveMatch(pattern[1:], text) || len(text) > 0 && naiveMatch(pattern, text[1:])
	}
	if len(text) == 0 {
		return false
	}
	if pattern[0] == '[' {
		for end := 2; end < len(pattern); end++ {
			if body := pattern[1:end]; pattern[end] == ']' && !slices.Equal(body, []rune("!")) {
				return naiveIn(body, text[0]) && naiveMatch(pattern[end+1:], text[1:])
			}
		}
	}
	return (pattern[0] == '?' || pattern[0] == text[0]) && naiveMatch(pattern[1:], text[1:])
}

// naiveIn cuts inverted ranges off the front first: a '!' that then comes first
// negates, as in Python.
func naiveIn(body []rune, r rune) bool {
	for len(body) > 2 && body[0] != '!' && body[1] == '-' && body[0] > body[2] {
		body = body[3:]
	}
	if len(body) > 0 && body[0] == '!' {
		return !naiveMember(body[1:], r)
	}
	return naiveMember(body, r)
}

func naiveMember(body []rune, r rune) bool {
	if len(body) == 0 {
		return false
	}
	if len(body) > 2 && body[1] == '-' {
		return body[0] <= r && r <= body[2] || naiveMember(body[3:], r)
	}
	return body[0] == r || naiveMember(body[1:], r)
}

func ExampleGlob() {
	g := acl.Compile("#team-[a-z]*")
	fmt.Println(g.Match("#team-ops"), g.Match("#team-1"))
	// Output: true false
}
