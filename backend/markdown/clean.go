package markdown

import (
	"strings"
	"unicode/utf8"
)

// Clean returns text without what could drive a terminal: control characters other than
// tab and line feed are removed, escape sequences for colours and cursor movement
// completely. A carriage return ends a line. Invalid UTF-8 becomes U+FFFD. Text that
// needs none of this is returned as it is.
func Clean(text string) string {
	if isClean(text) {
		return text
	}
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.ReplaceAll(text, "\r\n", "\n")
	var b strings.Builder
	b.Grow(len(text))
	for i := 0; i < len(text); {
		if n := escapeSequence(text[i:]); n > 0 {
			i += n
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == '\r':
			b.WriteByte('\n')
		case !isControl(r):
			b.WriteRune(r)
		}
		i += size
	}
	return b.String()
}

func isClean(text string) bool {
	ascii := true
	for i := range len(text) {
		c := text[i]
		if isControl(rune(c)) && c < utf8.RuneSelf {
			return false
		}
		ascii = ascii && c < utf8.RuneSelf
	}
	return ascii || utf8.ValidString(text) && strings.IndexFunc(text, isControl) < 0
}

// isControl reports whether r is a control character (C0, DEL or C1) that chat has no
// use for.
func isControl(r rune) bool {
	return r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0
}

// escapeSequence returns the length of the control sequence (ESC [ parameters, final
// byte) at the start of text; 0 when there is none.
func escapeSequence(text string) int {
	const longest = 32
	if !strings.HasPrefix(text, "\x1b[") {
		return 0
	}
	for i := 2; i < min(len(text), longest); i++ {
		switch c := text[i]; {
		case c >= 0x40 && c <= 0x7e:
			return i + 1
		case c < 0x20 || c > 0x3f:
			return 0
		}
	}
	return 0
}
