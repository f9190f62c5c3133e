package markdown

import (
	"strings"
	"unicode/utf8"
)

// isPlain reports whether text certainly holds neither markup nor anything to clean, so
// that most messages need no parser. It may say false for text that is plain.
func isPlain(text string) bool {
	ascii, lineStart := true, true
	for i := range len(text) {
		c := text[i]
		switch {
		case c == '\n':
			lineStart = true
			continue
		case c == ' ' || c == '\t':
			continue
		case isControl(rune(c)) && c < utf8.RuneSelf, isInlineMark(c):
			return false
		case lineStart && isBlockMark(text[i:]):
			return false
		}
		lineStart = false
		ascii = ascii && c < utf8.RuneSelf
	}
	return ascii || utf8.ValidString(text) && strings.IndexFunc(text, isControl) < 0
}

// isInlineMark reports whether c can be markup anywhere in a line.
func isInlineMark(c byte) bool {
	switch c {
	case '\\', '`', '*', '_', '[', '<', '&', '|', '{':
		return true
	}
	return false
}

// isBlockMark reports whether a line that begins with text, after its indentation, can
// begin a heading, a quote, a list or a fence.
func isBlockMark(text string) bool {
	switch c := text[0]; {
	case c == '#' || c == '>' || c == '-' || c == '+' || c == '~':
		return true
	case c >= '0' && c <= '9':
		rest := strings.TrimLeft(text[:min(len(text), 10)], "0123456789")
		return rest != "" && (rest[0] == '.' || rest[0] == ')')
	}
	return false
}
