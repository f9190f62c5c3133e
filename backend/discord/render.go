package discord

import (
	"strings"

	"github.com/go-errbot/errbot/backend"
)

const (
	fence = "```"
	// invisible (a zero-width space) keeps blanks at the ends of a message, which Discord
	// cuts off, and is a message where there would be none.
	invisible = "\u200b"
)

// render returns a message's body in Discord's Markdown.
func (b *Backend) render(m *backend.Message) string {
	if m.Plain {
		return escape(m.Body)
	}
	return b.translateMarkdown(m.Body)
}

// escape returns text so that it is shown exactly as it is: without markup, mentions, links
// and emoji of a server. Discord takes a backslash before every mark.
func escape(text string) string {
	const marks = "\\`*_~|<[]()@"
	var out strings.Builder
	out.Grow(len(text) + len(text)/8)
	lineStart := true
	for i := range len(text) {
		c := text[i]
		switch {
		case strings.IndexByte(marks, c) >= 0, lineStart && strings.IndexByte("#>-+", c) >= 0:
			out.WriteByte('\\')
		case c == ':' && strings.HasPrefix(text[i:], "://"):
			out.WriteByte('\\')
		case c == '.' && afterNumber(text[:i]):
			out.WriteByte('\\')
		}
		out.WriteByte(c)
		lineStart = c == '\n' || lineStart && c == ' '
	}
	return keepEnds(out.String())
}

// afterNumber reports whether the last line of text is a number: a "." would make a list of
// what follows.
func afterNumber(text string) bool {
	line := strings.TrimLeft(text[strings.LastIndexByte(text, '\n')+1:], " ")
	return line != "" && strings.Trim(line, "0123456789") == ""
}

// keepEnds keeps white space at the ends of text.
func keepEnds(text string) string {
	if trimmed := strings.TrimSpace(text); trimmed == text || trimmed == "" {
		return text
	}
	return invisible + text + invisible
}

// translateMarkdown returns a body with what Discord does not understand, or understands in
// another way, put in its words: tables, deep headings, images, colours, "||". Code stays as
// it is.
func (b *Backend) translateMarkdown(body string) string {
	var out strings.Builder
	var table []string
	inFence := false
	flush := func() {
		out.WriteString(b.table(table))
		table = nil
	}
	for line := range strings.Lines(body) {
		isFence := strings.HasPrefix(strings.TrimSpace(line), fence)
		switch {
		case isFence || inFence:
			flush()
			out.WriteString(line)
			if isFence {
				inFence = !inFence && !strings.Contains(strings.TrimSpace(line)[len(fence):], fence)
			}
		case strings.Contains(line, "|"):
			table = append(table, line)
		default:
			flush()
			out.WriteString(translateLine(line))
		}
	}
	flush()
	return out.String()
}

// table returns lines with "|" in them: drawn, when they are a table.
func (b *Backend) table(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	text := strings.Join(lines, "")
	if len(lines) > 1 && strings.Trim(lines[1], "-:| \t\r\n") == "" && strings.Contains(lines[1], "-") {
		if drawn := b.markdown.Text(text); strings.HasPrefix(drawn, "┏") {
			end := ""
			if strings.HasSuffix(text, "\n") {
				end = "\n"
			}
			return fence + "\n" + drawn + "\n" + fence + end
		}
	}
	var out strings.Builder
	for _, line := range lines {
		out.WriteString(translateLine(line))
	}
	return out.String()
}

// translateLine translates one line of a paragraph.
func translateLine(line string) string {
	if title, ok := strings.CutPrefix(line, "####"); ok {
		title = strings.TrimSpace(strings.TrimLeft(title, "#"))
		if title != "" {
			line = "**" + title + "**" + line[len(strings.TrimRight(line, "\r\n")):]
		}
	}
	if strings.HasPrefix(line, "-# ") {
		line = `\` + line
	}
	if !strings.ContainsAny(line, "|!{") {
		return line
	}
	var out strings.Builder
	for i := 0; i < len(line); {
		n, text := inline(line[i:])
		out.WriteString(text)
		i += n
	}
	return out.String()
}

// inline translates what text begins with, and returns how many bytes of it that were.
func inline(text string) (n int, translated string) {
	switch {
	case text[0] == '\\' && len(text) > 1:
		return 2, text[:2]
	case text[0] == '`':
		n := codeSpan(text)
		return n, text[:n]
	case strings.HasPrefix(text, "||"):
		return 2, `\|\|`
	case strings.HasPrefix(text, "!["):
		if _, rest, ok := strings.Cut(text, "]("); ok {
			if url, after, ok := strings.Cut(rest, ")"); ok && !strings.ContainsAny(url, " <>") {
				return len(text) - len(after), url
			}
		}
	case strings.HasPrefix(text, "{:"):
		if list, after, ok := strings.Cut(text[2:], "}"); ok && isAttributes(list) {
			return len(text) - len(after), ""
		}
	}
	return 1, text[:1]
}

// isAttributes reports whether text can be an attribute list such as color='red'.
func isAttributes(text string) bool {
	return strings.TrimSpace(text) != "" && strings.IndexFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(` ='".#-_`, r)
	}) < 0
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
