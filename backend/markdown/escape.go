package markdown

import "strings"

// Escape returns text with a backslash before every character that could be markup, so
// that [Renderer.Text] shows it as it is.
func Escape(text string) string {
	const marks = "\\`*_{}[]()<>#+-.!|&~@:"
	if !strings.ContainsAny(text, marks) {
		return text
	}
	var b strings.Builder
	b.Grow(len(text) + len(text)/8)
	for i := range len(text) {
		if strings.IndexByte(marks, text[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(text[i])
	}
	return b.String()
}
