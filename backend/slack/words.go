package slack

import (
	"strings"

	"github.com/slack-go/slack"
	"github.com/yuin/goldmark/util"
)

// words writes text that may have escapes, entities, mentions and emoji in it. Only what is
// not escaped can be more than text; that everybody in a room is called is never in a text.
func (w *writer) words(text string, style slack.RichTextSectionTextStyle) {
	var out strings.Builder
	before := byte(' ') // the last character
	for i := 0; i < len(text); {
		c := text[i]
		if c == '\\' && i+1 < len(text) && util.IsPunct(text[i+1]) {
			out.WriteByte(text[i+1])
			before, i = text[i+1], i+2
			continue
		}
		if c == '&' {
			entity := entityAt(text[i:])
			out.WriteString(unescapeMarkdown(entity))
			before, i = ';', i+len(entity)
			continue
		}
		if element, n := w.special(text[i:], before, style); n > 0 {
			w.add(out.String(), style)
			out.Reset()
			w.out = append(w.out, element)
			before, i = text[i+n-1], i+n
			continue
		}
		out.WriteByte(c)
		before, i = c, i+1
	}
	w.add(out.String(), style)
}

// special returns the mention or emoji that text begins with, and its length; 0 for none.
func (w *writer) special(text string, before byte, style slack.RichTextSectionTextStyle) (slack.RichTextSectionElement, int) {
	switch text[0] {
	case '<':
		return token(text, style)
	case '@':
		if !isNameByte(before) {
			return w.person(text, style)
		}
	case ':':
		if !isNameByte(before) && before != ':' {
			return emoji(text, style)
		}
	}
	return nil, 0
}

// token reads a mention in Slack's own form: "<@U024BE7LH>", "<#C024BE91L>" or
// "<!subteam^SAZ94GDB8>".
func token(text string, style slack.RichTextSectionTextStyle) (slack.RichTextSectionElement, int) {
	const longest = 60
	end := strings.IndexByte(text[:min(len(text), longest)], '>')
	if end < 0 {
		return nil, 0
	}
	inner, _, _ := strings.Cut(text[1:end], "|")
	if id, ok := strings.CutPrefix(inner, "@"); ok && isID(id, "UW") {
		return slack.NewRichTextSectionUserElement(id, pointer(style)), end + 1
	}
	if id, ok := strings.CutPrefix(inner, "#"); ok && isID(id, "CG") {
		return slack.NewRichTextSectionChannelElement(id, pointer(style)), end + 1
	}
	if id, ok := strings.CutPrefix(inner, "!subteam^"); ok && isID(id, "S") {
		return slack.NewRichTextSectionUserGroupElement(id), end + 1
	}
	return nil, 0
}

// person reads "@alice" where there is somebody of that name. What may belong to the
// sentence, a full stop say, is left out where nobody has it in their name.
func (w *writer) person(text string, style slack.RichTextSectionTextStyle) (slack.RichTextSectionElement, int) {
	const longest = 80
	end := 1
	for end < min(len(text), longest) && isNameByte(text[end]) {
		end++
	}
	for ; end > 1; end-- {
		if id := w.people(strings.ToLower(text[1:end])); id != "" {
			return slack.NewRichTextSectionUserElement(id, pointer(style)), end
		}
		if strings.IndexByte(".-_", text[end-1]) < 0 {
			break
		}
	}
	return nil, 0
}

// emoji reads ":tada:". What begins with a digit is more often a time.
func emoji(text string, style slack.RichTextSectionTextStyle) (slack.RichTextSectionElement, int) {
	const longest = 100
	end := 1
	for end < min(len(text), longest) && (isNameByte(text[end]) || text[end] == '+' || text[end] == '\'') {
		end++
	}
	if end < 2 || end >= len(text) || text[end] != ':' || text[1] >= '0' && text[1] <= '9' || text[1:end] != strings.ToLower(text[1:end]) {
		return nil, 0
	}
	return slack.NewRichTextSectionEmojiElement(text[1:end], 0, pointer(style)), end + 1
}

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_'
}

// unescapeMarkdown resolves backslashes and entities.
func unescapeMarkdown(text string) string {
	if !strings.ContainsAny(text, `\&`) {
		return text
	}
	return string(util.UnescapePunctuations(util.ResolveEntityNames(util.ResolveNumericReferences([]byte(text)))))
}

// entityAt returns the entity that text begins with, or its first byte.
func entityAt(text string) string {
	const longest = len("&CounterClockwiseContourIntegral;")
	for i := 1; i < min(len(text), longest); i++ {
		switch c := text[i]; {
		case c == ';':
			return text[:i+1]
		case c != '#' && !util.IsAlphaNumeric(c):
			return text[:1]
		}
	}
	return text[:1]
}
