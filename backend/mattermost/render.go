package mattermost

import (
	"strings"

	"github.com/go-errbot/errbot/backend"
)

// invisible (a zero-width space) behind a character keeps it from being the beginning of a
// mention, an address or an emoji. Mattermost does not take a backslash for that: its
// search for mentions looks behind the markup.
const invisible = "\u200b"

// escapable are the characters before which every version takes a backslash.
const escapable = "\\`*_{}[]()#+-.!>~|"

// render returns a message's body in Mattermost's Markdown.
func render(m *backend.Message) string {
	if m.Plain {
		return escape(m.Body)
	}
	return unescape(m.Body)
}

// escape returns text so that it is shown exactly as it is: without markup, mentions, links
// and emoji.
func escape(text string) string {
	var out strings.Builder
	out.Grow(len(text) + len(text)/8)
	for line := range strings.Lines(text) {
		escapeLine(&out, line)
	}
	return out.String()
}

func escapeLine(out *strings.Builder, line string) {
	if strings.HasPrefix(line, "    ") || strings.HasPrefix(strings.TrimLeft(line, " "), "\t") || strings.HasPrefix(line, "=") {
		out.WriteString(invisible) // no indented code, no underlined title
	}
	for i := range len(line) {
		c := line[i]
		switch {
		case strings.IndexByte(escapable, c) >= 0:
			out.WriteByte('\\')
			out.WriteByte(c)
		case c == '@' || c == '<' || (c == ':' || c == '&') && i+1 < len(line) && startsName(line[i+1]):
			out.WriteByte(c)
			out.WriteString(invisible)
		default:
			out.WriteByte(c)
		}
	}
}

// startsName reports whether a ":" or "&" before c can begin an emoji, an address or an
// entity.
func startsName(c byte) bool {
	return c == '/' || c == '#' || c == '+' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// unescape puts what works with Mattermost in the place of those backslash escapes in a
// Markdown text that do not. Code stays as it is.
func unescape(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var out strings.Builder
	fence := ""
	for line := range strings.Lines(text) {
		mark := fenceMark(line)
		switch {
		case fence == "" && mark == "":
			unescapeLine(&out, line)
			continue
		case fence == "":
			fence = mark
		case strings.HasPrefix(mark, fence) && strings.TrimSpace(line) == mark:
			fence = ""
		}
		out.WriteString(line)
	}
	return out.String()
}

// fenceMark returns the backticks or tildes that a line of a code fence begins with.
func fenceMark(line string) string {
	line = strings.TrimLeft(line, " ")
	for _, c := range []string{"`", "~"} {
		if rest := strings.TrimLeft(line, c); len(line)-len(rest) >= 3 {
			return line[:len(line)-len(rest)]
		}
	}
	return ""
}

func unescapeLine(out *strings.Builder, line string) {
	for i := 0; i < len(line); {
		switch c := line[i]; {
		case c == '`':
			n := codeSpan(line[i:])
			out.WriteString(line[i : i+n])
			i += n
		case c == '\\' && i+1 < len(line):
			next := line[i+1]
			switch {
			case strings.IndexByte("@:<&=", next) >= 0:
				out.WriteByte(next)
				out.WriteString(invisible)
			default:
				out.WriteString(line[i : i+2])
			}
			i += 2
		default:
			out.WriteByte(c)
			i++
		}
	}
}

// codeSpan returns the length of the code that text begins with, or of its backticks when
// nothing closes them.
func codeSpan(text string) int {
	open := len(text) - len(strings.TrimLeft(text, "`"))
	for i := open; i < len(text); {
		if text[i] != '`' {
			i++
			continue
		}
		n := len(text[i:]) - len(strings.TrimLeft(text[i:], "`"))
		i += n
		if n == open {
			return i
		}
	}
	return open
}
