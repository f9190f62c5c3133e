package acl

import (
	"strings"
	"unicode/utf8"
)

// Glob is a compiled pattern in the language of Python's fnmatchcase, which
// Errbot's configuration is written in:
//
//   - any run of characters, also none, also across lines
//     ?       exactly one character
//     [a-z_]  one character of a set; ']' is a member when it comes first,
//     '-' when it comes first or last
//     [!a-z]  one character outside a set
//
// Everything else stands for itself, also a backslash and a '[' without its ']';
// a literal '*' is written [*]. The whole text must match, with regard to case.
// A character is a Unicode code point; a byte that is not UTF-8 is a character of
// its own. The zero Glob matches the empty text only. A Glob does not change: it
// may be copied and used by several goroutines.
type Glob struct {
	literal string  // what the text begins with
	rest    []token // what follows it
}

// text is what a glob is matched with: patterns and names are strings, while
// typed commands are rewritten in a buffer that never leaves the stack.
type text interface{ string | []byte }

// Compile returns the compiled pattern. Every text is a pattern.
func Compile(pattern string) Glob {
	n := literalLen(pattern)
	return Glob{literal: strings.Clone(pattern[:n]), rest: tokenize(pattern[n:])}
}

// Match reports whether the whole of s matches. It does not allocate, and takes
// time proportional to the length of s times the length of the pattern at worst.
func (g Glob) Match(s string) bool { return match(g, s) }

// match is the greedy matcher: on a mismatch only the latest star takes one
// character more, for giving more to an earlier one could not help.
func match[T text](g Glob, s T) bool {
	if !begins(s, g.literal) {
		return false
	}
	i, t := len(g.literal), 0
	star, taken := -1, 0
	for i < len(s) {
		if t < len(g.rest) && g.rest[t].kind == anyRun {
			if t == len(g.rest)-1 {
				return true
			}
			star, taken = t, i
			t++
			continue
		}
		r, size := decode(s, i)
		switch {
		case t < len(g.rest) && g.rest[t].accepts(r):
			t, i = t+1, i+size
		case star < 0:
			return false
		default:
			_, size = decode(s, taken)
			taken += size
			t, i = star+1, taken
		}
	}
	return allRuns(g.rest[t:])
}

// matchesStart reports whether some text that begins with start matches.
func matchesStart(g Glob, start string) bool {
	if len(start) <= len(g.literal) {
		return begins(g.literal, start)
	}
	if !begins(start, g.literal) {
		return false
	}
	i := len(g.literal)
	for _, t := range g.rest {
		if i == len(start) || t.kind == anyRun {
			return true
		}
		r, size := decode(start, i)
		if !t.accepts(r) {
			return false
		}
		i += size
	}
	return i == len(start)
}

// openEnded reports whether whatever matches still matches with more behind it.
func (g Glob) openEnded() bool {
	return len(g.rest) > 0 && g.rest[len(g.rest)-1].kind == anyRun
}

func allRuns(tokens []token) bool {
	for _, t := range tokens {
		if t.kind != anyRun {
			return false
		}
	}
	return true
}

func begins[T text](s T, prefix string) bool {
	return len(s) >= len(prefix) && string(s[:len(prefix)]) == prefix
}

// decode returns the character at s[i:] and its length in bytes. A byte that is
// not UTF-8 becomes a lone surrogate, as Python's surrogateescape has it, so that
// it equals itself alone.
func decode[T text](s T, i int) (rune, int) {
	if s[i] < utf8.RuneSelf {
		return rune(s[i]), 1
	}
	r, size := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
	if r == utf8.RuneError && size == 1 {
		return 0xDC00 + rune(s[i]), 1
	}
	return r, size
}
