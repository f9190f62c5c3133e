package acl

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// token is one element of a glob.
type token struct {
	kind kind
	char rune // of a single
	set  set  // of a oneOf
}

type kind uint8

const (
	single kind = iota // one given character
	anyOne             // ?
	anyRun             // *
	oneOf              // [...]
)

func (t *token) accepts(r rune) bool {
	switch t.kind {
	case single:
		return t.char == r
	case anyOne:
		return true
	case oneOf:
		return t.set.contains(r)
	default:
		return false
	}
}

// set is what stands between brackets.
type set struct {
	negated bool
	spans   []span
}

// span is a run of code points, both ends included.
type span struct{ low, high rune }

func (s *set) contains(r rune) bool {
	in := slices.ContainsFunc(s.spans, func(x span) bool { return x.low <= r && r <= x.high })
	return in != s.negated
}

// literalLen returns how many bytes of the pattern stand for themselves before
// the first that may not. A byte that is not UTF-8 ends them: it is compared as
// a character, which it is only when the text around it does not complete it.
func literalLen(pattern string) int {
	for i := 0; i < len(pattern); {
		r, size := utf8.DecodeRuneInString(pattern[i:])
		if strings.ContainsRune("*?[", r) || r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(pattern)
}

func tokenize(pattern string) []token {
	chars := make([]rune, 0, len(pattern))
	for i := 0; i < len(pattern); {
		r, size := decode(pattern, i)
		chars = append(chars, r)
		i += size
	}
	var tokens []token
	for len(chars) > 0 {
		t, size := nextToken(chars)
		chars = chars[size:]
		if t.kind == anyRun && len(tokens) > 0 && tokens[len(tokens)-1].kind == anyRun {
			continue
		}
		tokens = append(tokens, t)
	}
	return tokens
}

// nextToken returns the first token of chars and how many characters it takes.
func nextToken(chars []rune) (token, int) {
	switch chars[0] {
	case '*':
		return token{kind: anyRun}, 1
	case '?':
		return token{kind: anyOne}, 1
	case '[':
		if end := setEnd(chars); end > 0 {
			return token{kind: oneOf, set: parseSet(chars[1:end])}, end + 1
		}
	}
	return token{kind: single, char: chars[0]}, 1
}

// setEnd returns the index of the bracket that closes the one at chars[0], 0 when
// none does. One that comes first in the set is a member.
func setEnd(chars []rune) int {
	i := 1
	if i < len(chars) && chars[i] == '!' {
		i++
	}
	if i < len(chars) && chars[i] == ']' {
		i++
	}
	if n := slices.Index(chars[min(i, len(chars)):], ']'); n >= 0 {
		return i + n
	}
	return 0
}

// parseSet reads what stands between the brackets. An inverted range is left out
// as if it had not been written, which is why a '!' after it still negates.
func parseSet(body []rune) set {
	var s set
	for len(body) > 0 {
		switch {
		case body[0] == '!' && !s.negated && len(s.spans) == 0:
			s.negated = true
			body = body[1:]
		case len(body) > 2 && body[1] == '-':
			if body[0] <= body[2] {
				s.spans = append(s.spans, span{body[0], body[2]})
			}
			body = body[3:]
		default:
			s.spans = append(s.spans, span{body[0], body[0]})
			body = body[1:]
		}
	}
	return s
}
