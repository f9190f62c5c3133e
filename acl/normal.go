package acl

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// reading says how typed text is brought to the form in which it is compared.
// Two texts that a command takes for the same must come out the same, or a rule
// could be evaded by typing the command in another way.
type reading struct {
	// words reads a command's name: without regard to case, underscores as spaces.
	words bool
	// parted reads a character that does not show as white space, otherwise it
	// is left out. Which of the two happens is up to who reads the text next.
	parted bool
}

// appendNormal appends s to dst as r reads it: white space trimmed and each run
// of it one space, and the quotes and dashes that keyboards and chat networks put
// in place of plain ones made plain, as Errbot's argument parser has it.
func appendNormal(dst []byte, s string, r reading) []byte {
	start, gap := len(dst), false
	for _, c := range s {
		if !isPlain(c) {
			if isBlank(c) || r.parted && isHidden(c) {
				gap = len(dst) > start
				continue
			}
			if isHidden(c) {
				continue
			}
		}
		if gap {
			dst, gap = append(dst, ' '), false
		}
		switch {
		case !isPlain(c):
			dst = appendOther(dst, c, r)
		case r.words:
			dst = append(dst, plainWord(byte(c)))
		default:
			dst = append(dst, byte(c))
		}
	}
	return dst
}

// plainWord is a visible ASCII character as a command's name is read.
func plainWord(c byte) byte {
	switch {
	case 'A' <= c && c <= 'Z':
		return c + ('a' - 'A')
	case c == '_':
		return ' '
	default:
		return c
	}
}

// appendOther appends what is not plain, and is neither blank nor hidden.
func appendOther(dst []byte, c rune, r reading) []byte {
	switch {
	case c == '“' || c == '”':
		return append(dst, '"')
	case c == '‘' || c == '’':
		return append(dst, '\'')
	case c == '—':
		return append(dst, "--"...)
	case r.words:
		return utf8.AppendRune(dst, fold(c))
	default:
		return utf8.AppendRune(dst, c)
	}
}

// normal is appendNormal for patterns, which are read once.
func normal(s string, r reading) string { return string(appendNormal(nil, s, r)) }

// folded returns s for comparison without regard to case.
func folded(s string) string { return strings.Map(fold, s) }

// fold maps the forms of a letter to one. It goes through the capital letter, for
// some small letters share it and a regular expression that ignores case takes
// them for the same: 'ſ' for 's', the Kelvin sign for 'k'.
func fold(c rune) rune {
	if c < utf8.RuneSelf {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		return c
	}
	return unicode.ToLower(unicode.ToUpper(c))
}

// isPlain reports the characters that most texts are made of, and nothing is to be
// asked about: visible ASCII.
func isPlain(c rune) bool { return 0x20 < c && c < 0x7f }

// isBlank reports what counts as white space to Go or to Python, which takes the
// four ASCII separators for it, too.
func isBlank(c rune) bool {
	return c == ' ' || unicode.IsSpace(c) || 0x1c <= c && c <= 0x1f
}

func hasBlank(s string) bool { return strings.ContainsFunc(s, isBlank) }

// isHidden reports whether c takes no room on a screen: controls, joiners, marks
// of direction, variation selectors, fillers.
func isHidden(c rune) bool {
	return unicode.In(c, unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

func hasHidden(s string) bool {
	for _, c := range s {
		if !isPlain(c) && !isBlank(c) && isHidden(c) {
			return true
		}
	}
	return false
}
