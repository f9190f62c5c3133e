package irc

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/markdown"
)

// style is how a part of a line looks. Colours are those of mIRC; noColour is the reader's
// own.
type style struct {
	bold, underline bool
	fg, bg          int
}

const noColour = 99

func plainStyle() style { return style{fg: noColour, bg: noColour} }

// span is a part of a line that looks the same.
type span struct {
	style style
	text  string
}

// lines returns what m shows as lines of up to limit bytes. Lines with nothing to see on
// them are left out: IRC has none, and each line costs time.
func (b *Backend) lines(m *backend.Message, limit int) []string {
	var body string // with "*" for what would make it a CTCP request
	if m.Plain {
		body = markdown.Clean(strings.ReplaceAll(m.Body, "\x01", "*"))
	} else {
		body = b.markdown.ANSI(strings.ReplaceAll(m.Body, "\x01", `\*`))
	}
	var lines []string
	now := plainStyle()
	for typed := range strings.SplitSeq(body, "\n") {
		var spans []span
		spans, now = parseANSI(typed, now)
		if !isBlank(spans) {
			lines = append(lines, cutLine(spans, limit)...)
		}
	}
	if len(lines) == 0 { // the server refuses a message without text
		lines = []string{" "}
	}
	return lines
}

func isBlank(spans []span) bool {
	for _, s := range spans {
		if strings.TrimSpace(s.text) != "" {
			return false
		}
	}
	return true
}

// parseANSI takes a line apart in which the escape sequences of [markdown.Renderer.ANSI] set
// the style; now is the style at its beginning and, returned, at its end.
func parseANSI(line string, now style) ([]span, style) {
	var spans []span
	for line != "" {
		text, rest, found := strings.Cut(line, "\x1b[")
		if text != "" {
			spans = append(spans, span{now, text})
		}
		if !found {
			break
		}
		code, after, _ := strings.Cut(rest, "m")
		now, line = now.with(code), after
	}
	return spans, now
}

// with returns s changed by the parameter of an escape sequence.
func (s style) with(code string) style {
	n, _ := strconv.Atoi(code)
	switch {
	case n == 0:
		return plainStyle()
	case n == 1 || n == 22:
		s.bold = n == 1
	case n == 4 || n == 24:
		s.underline = n == 4
	case n == 39:
		s.fg = noColour
	case n == 49:
		s.bg = noColour
	case n >= 30 && n < 38:
		s.fg = mircColour(n - 30)
	case n >= 40 && n < 48:
		s.bg = mircColour(n - 40)
	}
	return s
}

// mircColour returns mIRC's number for one of a terminal's eight colours.
func mircColour(ansi int) int {
	return [...]int{1, 4, 3, 8, 2, 6, 10, 0}[ansi]
}

// to returns the codes that change how text looks from s to next. Colours always have two
// digits and both parts, so that no text behind them can become a part of them.
func (s style) to(next style) string {
	if next == plainStyle() && s != next {
		return "\x0f"
	}
	var codes string
	if s.bold != next.bold {
		codes += "\x02"
	}
	if s.underline != next.underline {
		codes += "\x1f"
	}
	if s.fg != next.fg || s.bg != next.bg {
		codes += fmt.Sprintf("\x03%02d,%02d", next.fg, next.bg)
	}
	return codes
}

// roomForCodes is what is kept free in a line for the codes behind its text.
const roomForCodes = len("\x0f")

// cutLine returns the line made of spans as lines of up to limit bytes, cut between words
// where it can be and never inside a character. Each begins with the codes for its style.
func cutLine(spans []span, limit int) []string {
	var lines []string
	var line strings.Builder
	now := plainStyle()
	flush := func() {
		line.WriteString(now.to(plainStyle()))
		lines = append(lines, line.String())
		line.Reset()
		now = plainStyle()
	}
	for _, s := range spans {
		for s.text != "" {
			codes := now.to(s.style)
			free := limit - line.Len() - len(codes) - roomForCodes
			part, rest := cutText(s.text, free, line.Len() > 0)
			if part == "" && line.Len() > 0 {
				flush()
				s.text = rest
				continue
			}
			line.WriteString(codes + part)
			now, s.text = s.style, rest
			if rest != "" {
				flush()
			}
		}
	}
	if line.Len() > 0 {
		flush()
	}
	return lines
}

// cutText takes as much from the beginning of text as fits into limit bytes: up to a blank
// if there is one, which is dropped, else up to a character. Where something stands before
// it in its line, a word that does not fit is left for the next line.
func cutText(text string, limit int, follows bool) (part, rest string) {
	if len(text) <= limit {
		return text, ""
	}
	if limit > 0 {
		if text[limit] == ' ' {
			return text[:limit], text[limit+1:]
		}
		if i := strings.LastIndexByte(text[:limit], ' '); i > 0 && strings.TrimSpace(text[:i]) != "" {
			return text[:i], text[i+1:]
		}
	}
	if follows {
		return "", text
	}
	end := 0
	for i := range text {
		if i > limit {
			break
		}
		end = i
	}
	return text[:end], text[end:]
}

// oneLine returns text as a parameter of a line of the protocol.
func oneLine(text string) string {
	text = strings.ReplaceAll(text, "\x01", "*")
	return strings.Join(strings.Fields(markdown.Clean(text)), " ")
}
