package telegram

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-telegram/bot/models"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/markdown"
)

const (
	// invisible (a zero-width space) keeps "@" and "://" from being the beginning of a
	// mention or link: Telegram looks for those in all text that is not code.
	invisible   = "\u200b"
	mentionLink = "tg://user?id="
)

// rendered is a text with what is bold, a link and so on in it. Nothing in it is escaped:
// Telegram takes text and ranges apart.
type rendered struct {
	text  string
	spans []markdown.Span
}

// render returns a message's body as Telegram shows it.
func (b *Backend) render(m *backend.Message) rendered {
	if m.Plain {
		text := defuse(m.Body, func(int) bool { return false }, func(int) {})
		return rendered{text: keepEnds(strings.ReplaceAll(text, "://", ":"+invisible+"//"))}
	}
	text, spans := b.markdown.Spans(m.Body)
	return defused(text, spans)
}

// keepEnds keeps white space at the ends of text, which Telegram cuts off.
func keepEnds(text string) string {
	if trimmed := strings.TrimSpace(text); trimmed == text || trimmed == "" {
		return text
	}
	return invisible + text + invisible
}

// defuse puts something invisible behind every "@" that begins a name, but for those that it
// may skip. It tells where.
func defuse(text string, skip func(at int) bool, moved func(at int)) string {
	if !strings.Contains(text, "@") {
		return text
	}
	var out strings.Builder
	for i := range len(text) {
		out.WriteByte(text[i])
		if text[i] == '@' && i+1 < len(text) && isName(text[i+1]) && (i == 0 || !isName(text[i-1])) && !skip(i) {
			out.WriteString(invisible)
			moved(i + 1)
		}
	}
	return out.String()
}

func isName(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// defused is defuse for a text with spans, which stay where they are in it. In code nothing is
// looked for.
func defused(text string, spans []markdown.Span) rendered {
	inCode := func(i int) bool {
		return slices.ContainsFunc(spans, func(s markdown.Span) bool {
			return (s.Kind == markdown.Code || s.Kind == markdown.CodeBlock) && s.Start <= i && i < s.End
		})
	}
	var at []int
	out := defuse(text, inCode, func(i int) { at = append(at, i) })
	shift := func(pos int, inclusive bool) int {
		for n, i := range at {
			if i > pos || i == pos && !inclusive {
				return pos + n*len(invisible)
			}
		}
		return pos + len(at)*len(invisible)
	}
	moved := make([]markdown.Span, len(spans))
	for i, s := range spans {
		s.Start, s.End = shift(s.Start, false), shift(s.End, true)
		moved[i] = s
	}
	return rendered{out, moved}
}

// cut splits a text into parts of at most limit UTF-16 code units: at the end of a line where
// it can. A text without anything is one that shows nothing.
func (r rendered) cut(limit int) []rendered {
	if strings.TrimSpace(r.text) == "" {
		return []rendered{{text: invisible}}
	}
	var parts []rendered
	for start := 0; start < len(r.text); {
		end := start + fit(r.text[start:], limit)
		if end < len(r.text) {
			if i := strings.LastIndexByte(r.text[start:end], '\n'); i > (end-start)/2 {
				end = start + i + 1
			}
		}
		if strings.TrimSpace(r.text[start:end]) != "" {
			parts = append(parts, r.part(start, end))
		}
		start = end
	}
	return parts
}

// part returns a range of a text with what is in it.
func (r rendered) part(start, end int) rendered {
	p := rendered{text: r.text[start:end]}
	for _, s := range r.spans {
		s.Start, s.End = max(s.Start, start)-start, min(s.End, end)-start
		if s.Start < s.End {
			p.spans = append(p.spans, s)
		}
	}
	return p
}

// fit returns how many bytes at the beginning of text have at most limit UTF-16 code units.
func fit(text string, limit int) int {
	for i, r := range text {
		if limit -= max(utf16.RuneLen(r), 1); limit < 0 {
			return i
		}
	}
	return len(text)
}

// entities returns what is in a text in Telegram's words, which counts in UTF-16 code units.
func (r rendered) entities() []models.MessageEntity {
	var list []models.MessageEntity
	for _, s := range r.spans {
		e := models.MessageEntity{Offset: units(r.text[:s.Start]), Length: units(r.text[s.Start:s.End])}
		switch s.Kind {
		case markdown.Bold:
			e.Type = models.MessageEntityTypeBold
		case markdown.Italic:
			e.Type = models.MessageEntityTypeItalic
		case markdown.Code:
			e.Type = models.MessageEntityTypeCode
		case markdown.CodeBlock:
			e.Type, e.Language = models.MessageEntityTypePre, s.Value
		case markdown.Link:
			e.Type, e.URL = models.MessageEntityTypeTextLink, s.Value
			if id, ok := strings.CutPrefix(s.Value, mentionLink); ok && isID(id) {
				n, _ := strconv.ParseInt(id, 10, 64)
				e.Type, e.URL, e.User = models.MessageEntityTypeTextMention, "", &models.User{ID: n}
			}
		}
		list = append(list, e)
	}
	return list
}

func units(text string) int {
	n := 0
	for _, r := range text {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}

// part returns a range of a text, counted in UTF-16 code units as Telegram does.
func part(text string, offset, length int) string {
	if offset < 0 || length < 0 {
		return ""
	}
	start := fit(text, offset)
	return text[start : start+fit(text[start:], length)]
}

// escapeLabel keeps a name from being markup.
func escapeLabel(name string) string {
	name = strings.ToValidUTF8(strings.Map(func(r rune) rune {
		if r == '\n' || r == utf8.RuneError {
			return ' '
		}
		return r
	}, name), "")
	return markdown.Escape(name)
}
