package bot

import (
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-errbot/errbot/backend"
)

const fence = "```"

// split cuts body into parts that are no longer than limit, counted in unit. It cuts at
// the end of a line where it can, else between words, else anywhere between two
// characters, and keeps code fences whole: a part that ends inside of one closes it, and
// the next part opens it again. Put together, the parts hold all of the text but the
// white space at which they were cut.
func split(body string, limit int, unit backend.Unit) []string {
	if len(body) <= limit || measure(body, unit) <= limit {
		return []string{body}
	}
	var parts []string
	open := "" // the line that opened the code fence we are in
	for body != "" {
		head := ""
		if open != "" {
			head = open + "\n"
		}
		room := limit - measure(head, unit)
		tail := "\n" + fence
		if room <= 2*len(tail) {
			// No space for fences: give up on them rather than on the text.
			head, tail, open, room = "", "", "", limit
		}
		part, rest := cut(body, room, unit)
		inside := fenceAfter(part, open)
		if inside != "" && rest != "" && tail != "" {
			part, rest = cut(body, room-len(tail), unit)
			inside = fenceAfter(part, open)
		}
		text := head + part
		if inside != "" && rest != "" && tail != "" {
			text += tail
		}
		parts = append(parts, text)
		body, open = rest, inside
		if tail == "" {
			open = ""
		}
	}
	return parts
}

// cut takes the longest beginning of text that fits into limit and ends well. What it is
// cut at (one line end, or the blanks between two words) is in neither half.
func cut(text string, limit int, unit backend.Unit) (part, rest string) {
	end := fit(text, max(limit, 1), unit)
	if end == len(text) {
		return text, ""
	}
	// The line end or blank may stand right behind what fits.
	if text[end] == '\n' {
		return text[:end], text[end+1:]
	}
	if i := strings.LastIndexByte(text[:end], '\n'); i > 0 {
		return text[:i], text[i+1:]
	}
	if r, n := utf8.DecodeRuneInString(text[end:]); unicode.IsSpace(r) {
		return text[:end], text[end+n:]
	}
	if i := strings.LastIndexFunc(text[:end], unicode.IsSpace); i > 0 {
		_, n := utf8.DecodeRuneInString(text[i:])
		return text[:i], text[i+n:]
	}
	return text[:end], text[end:]
}

// fit returns how many bytes of text fit into limit units; at least one character.
func fit(text string, limit int, unit backend.Unit) int {
	used, last := 0, 0
	for i, r := range text {
		if used > limit {
			break
		}
		last = i
		used += units(r, text[i:], unit)
	}
	if used <= limit {
		return len(text)
	}
	if last == 0 {
		_, last = utf8.DecodeRuneInString(text)
	}
	return last
}

func measure(text string, unit backend.Unit) int {
	switch unit {
	case backend.Bytes:
		return len(text)
	case backend.Runes:
		return utf8.RuneCountInString(text)
	default:
		n := 0
		for i, r := range text {
			n += units(r, text[i:], unit)
		}
		return n
	}
}

// units returns the size of r, the first character of text. It looks at text because a
// broken byte decodes to a character that is longer than it.
func units(r rune, text string, unit backend.Unit) int {
	switch unit {
	case backend.Bytes:
		_, n := utf8.DecodeRuneInString(text)
		return n
	case backend.UTF16:
		return max(utf16.RuneLen(r), 1)
	default:
		return 1
	}
}

// fenceAfter returns the line that opened the code fence that is still open at the end of
// text, given the one that was open at its beginning.
func fenceAfter(text, open string) string {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case !strings.HasPrefix(line, fence):
		case open == "":
			if !strings.Contains(line[len(fence):], fence) { // ```code``` on one line
				open = line
			}
		case line == fence:
			open = ""
		}
	}
	return open
}
