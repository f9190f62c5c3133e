package markdown

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// displayWidth returns the number of columns that text takes on a terminal; escape
// sequences take none.
func displayWidth(text string) int {
	columns := 0
	for text != "" {
		if n := escapeSequence(text); n > 0 {
			text = text[n:]
			continue
		}
		r, size := utf8.DecodeRuneInString(text)
		columns += runeWidth(r)
		text = text[size:]
	}
	return columns
}

func runeWidth(r rune) int {
	switch {
	case r < ' ':
		return 0
	case r < 0x300: // before the first combining character
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}
