package markdown

import "strings"

// Span is a range of a text that is to look in some way.
type Span struct {
	Start, End int // bytes
	Kind       Kind
	Value      string // of a link, its address; of code in a block, its language or empty
}

// Kind is how a range of a text looks.
type Kind int

// What a range can be.
const (
	Bold Kind = iota
	Italic
	Code      // within a line
	CodeBlock // lines of their own
	Link
	kinds
)

// Spans is [Renderer.Text] for a network where ranges of a text can be bold, italic, code
// and links. What that shows needs no other sign: headings are bold, links are their text.
// Tables are code. A span has no white space at its ends and no other of its kind in it.
func (r *Renderer) Spans(body string) (string, []Span) {
	rendered := r.render(body, page{ansi: true, spans: true})
	if !strings.Contains(rendered, "\x1b") {
		return rendered, nil
	}
	s := spanner{}
	for {
		text, rest, found := strings.Cut(rendered, "\x1b")
		s.text.WriteString(text)
		if !found {
			break
		}
		sequence, rest, _ := strings.Cut(rest, end)
		s.take(sequence)
		rendered = rest
	}
	return s.text.String(), s.spans
}

// Escape sequences, for what a terminal has no way to show. They begin with the escape
// character, which no body has, and end as the others do.
const (
	end        = "m"
	codeOn     = "\x1b[11m"
	codeOff    = "\x1b[10m"
	blockOff   = "\x1b[12m"
	linkOff    = "\x1b[13m"
	blockStart = "]"
	linkStart  = "_"
)

func code() style { return style{codeOn, codeOff} }

func fencedCode(language []byte) style {
	return style{"\x1b" + blockStart + packed(string(language)) + end, blockOff}
}

func link(url string) style { return style{"\x1b" + linkStart + packed(url) + end, linkOff} }

// only returns s where spans are marked, and otherwise a style that does nothing.
func (p *page) only(s style) style {
	if p.spans {
		return s
	}
	return style{}
}

// mark returns a block between the marks of s, where spans are marked.
func (p *page) mark(s style, block string) string {
	if !p.spans || block == "" {
		return block
	}
	p.styled = true
	return s.on + block + s.off
}

// spanner collects spans.
type spanner struct {
	text  strings.Builder
	spans []Span
	open  [kinds]struct {
		is    bool
		start int
		value string
	}
}

// take takes in what an escape sequence says, without its first and last character.
func (s *spanner) take(sequence string) {
	begin := func(k Kind, value string) {
		if !s.open[k].is {
			s.open[k].is, s.open[k].start, s.open[k].value = true, s.text.Len(), value
		}
	}
	switch {
	case sequence == "[1":
		begin(Bold, "")
	case sequence == "[22":
		s.close(Bold)
	case sequence == "[4":
		begin(Italic, "")
	case sequence == "[24":
		s.close(Italic)
	case sequence == "[11":
		begin(Code, "")
	case sequence == "[10":
		s.close(Code)
	case strings.HasPrefix(sequence, blockStart):
		begin(CodeBlock, unpacked(sequence[1:]))
	case sequence == "[12":
		s.close(CodeBlock)
	case strings.HasPrefix(sequence, linkStart):
		begin(Link, unpacked(sequence[1:]))
	case sequence == "[13":
		s.close(Link)
	}
}

// close ends a span, unless there is nothing to see in it.
func (s *spanner) close(k Kind) {
	o := &s.open[k]
	if !o.is {
		return
	}
	o.is = false
	text := s.text.String()[o.start:]
	start := o.start + len(text) - len(strings.TrimLeft(text, " \t\n"))
	if text = strings.TrimSpace(text); text != "" {
		s.spans = append(s.spans, Span{Start: start, End: start + len(text), Kind: k, Value: o.value})
	}
}

// packed keeps what ends an escape sequence out of a value.
func packed(value string) string {
	return strings.ReplaceAll(strings.ReplaceAll(value, "~", "~0"), end, "~1")
}

func unpacked(value string) string {
	return strings.ReplaceAll(strings.ReplaceAll(value, "~1", end), "~0", "~")
}
