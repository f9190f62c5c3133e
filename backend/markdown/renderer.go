package markdown

import (
	"strings"

	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// What is larger is shown as it was typed, but for the backslash escapes and entities of
// a paragraph. With these bounds the cost of a body is linear in its length, whatever it
// holds.
const (
	maxBody      = 256 << 10 // bytes of one body
	maxParagraph = 4 << 10   // bytes of lines that follow each other without markup
	maxNesting   = 24        // blocks in blocks, where a list and its item are two
)

// Renderer turns Markdown into text. It is immutable and may be used from several
// goroutines at once.
type Renderer struct {
	parser parser.Parser
}

// New returns a Renderer.
func New() *Renderer { return &Renderer{parser: newParser()} }

// Text returns body for a network without markup: emphasis and code lose their marks,
// level-one headings are in upper case, list items begin with "•" or their number, links
// become "text (url)", and tables are drawn in box characters. White space around the
// whole is trimmed. Control characters other than tab and line feed are removed. A body
// without markup is returned as it is, and so is one above 256 KiB; in a paragraph above
// 4 KiB only backslash escapes and entities are resolved.
func (r *Renderer) Text(body string) string { return r.render(body, page{}) }

// ANSI is Text for a terminal: emphasis is underlined or bold, and colours of attribute
// lists are shown. The only escape sequences in the result are its own; one that uses
// any ends with a reset.
func (r *Renderer) ANSI(body string) string { return r.render(body, page{ansi: true}) }

func (r *Renderer) render(body string, mode page) string {
	if isPlain(body) {
		return trim(body)
	}
	body = Clean(body)
	if len(body) > maxBody {
		return trim(body)
	}
	p := mode // a copy, so that plain text costs none
	p.source = []byte(body)
	rendered := trim(p.blocks(r.parser.Parse(text.NewReader(p.source))))
	if rendered == "" { // an empty fence, say: better its marks than nothing
		return trim(body)
	}
	if p.styled && !p.spans {
		rendered += reset
	}
	return rendered
}

// trim removes blank lines around text and white space behind it, but not the
// indentation of its first line.
func trim(text string) string {
	text = strings.TrimRight(text, " \t\n")
	for {
		line, rest, more := strings.Cut(text, "\n")
		if !more || strings.TrimLeft(line, " \t") != "" {
			return text
		}
		text = rest
	}
}
