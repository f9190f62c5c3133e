package markdown

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// writer writes the inline content of one block.
type writer struct {
	strings.Builder
	page   *page
	upper  bool
	styles []style // those in effect, the innermost last
}

// upperCase and styled say how a whole block is shown.
func upperCase() func(*writer) { return func(w *writer) { w.upper = true } }

func styled(s ...style) func(*writer) {
	return func(w *writer) {
		for _, s := range s {
			w.push(s)
		}
	}
}

// inline renders what is inside block. White space behind it is removed.
func (p *page) inline(block ast.Node, options ...func(*writer)) string {
	w := writer{page: p}
	styled(blockColours(block)...)(&w)
	for _, option := range options {
		option(&w)
	}
	w.children(block)
	text := strings.TrimRight(w.String(), " \t\n")
	w.Reset()
	w.WriteString(text)
	for len(w.styles) > 0 {
		w.pop()
	}
	return w.String()
}

// blockColours returns the colours of an attribute list that belongs to the whole
// block: it follows no element.
func blockColours(block ast.Node) []style {
	var styles []style
	for n := block.FirstChild(); n != nil; n = n.NextSibling() {
		if n.Kind() == ast.KindString && (n.PreviousSibling() == nil || n.PreviousSibling().Kind() == ast.KindText) {
			styles = append(styles, colours(n)...)
		}
	}
	return styles
}

func (w *writer) children(parent ast.Node) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		var own []style
		if n.Kind() != ast.KindText {
			own = colours(n.NextSibling())
		}
		styled(own...)(w)
		w.node(n)
		for range own {
			w.pop()
		}
	}
}

func (w *writer) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.Text:
		w.text(n)
	case *ast.Emphasis:
		s := underline()
		if n.Level == 2 {
			s = bold()
		}
		w.push(s)
		w.children(n)
		w.pop()
	case *ast.CodeSpan:
		w.push(w.page.only(code()))
		w.children(n)
		w.pop()
	case *ast.Link:
		w.link(n)
	case *ast.Image:
		w.WriteString(unescape(n.Destination))
	case *ast.AutoLink:
		w.Write(n.Label(w.page.source))
	default:
		w.children(n)
	}
}

// text writes n and the line break behind it. What the parser took for the mark of a
// hard break (blanks, a backslash) is text in chat, where every break counts.
func (w *writer) text(n *ast.Text) {
	text := string(n.Segment.Value(w.page.source))
	if !n.IsRaw() {
		text = unescape([]byte(text))
	}
	if w.upper {
		text = strings.ToUpper(text)
	}
	w.lines(text)
	switch {
	case endsBlock(n):
	case n.SoftLineBreak():
		w.newline()
	case n.HardLineBreak():
		mark, _, _ := bytes.Cut(w.page.source[n.Segment.Stop:], []byte("\n"))
		if !isCell(n.Parent()) {
			w.Write(bytes.TrimRight(mark, " "))
		}
		w.newline()
	}
}

// endsBlock reports whether nothing to see follows n in its block.
func endsBlock(n ast.Node) bool {
	for n = n.NextSibling(); n != nil; n = n.NextSibling() {
		if n.Kind() != ast.KindString {
			return false
		}
	}
	return true
}

// lines writes text that may have line breaks, as a code span has.
func (w *writer) lines(text string) {
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			w.newline()
		}
		w.WriteString(line)
	}
}

// newline ends a line so that no style leaks into what stands before the next: an
// indentation, a quote's mark, the border of a table.
func (w *writer) newline() {
	for i := len(w.styles) - 1; i >= 0; i-- {
		w.escape(w.styles[i].off)
	}
	w.WriteByte('\n')
	for _, s := range w.styles {
		w.escape(s.on)
	}
}

func (w *writer) link(n *ast.Link) {
	start := w.Len()
	if url := unescape(n.Destination); w.page.spans && url != "" && n.HasChildren() {
		w.push(link(url))
		w.children(n)
		w.pop()
		return
	}
	w.children(n)
	url := unescape(n.Destination)
	label := w.String()[start:]
	switch {
	case url == "" || url == label:
	case label == "":
		w.WriteString(url)
	default:
		w.WriteString(" (" + url + ")")
	}
}

func (w *writer) push(s style) {
	w.styles = append(w.styles, s)
	w.escape(s.on)
}

// pop ends the innermost style. One that is in effect further out as well goes on.
func (w *writer) pop() {
	last := w.styles[len(w.styles)-1]
	w.styles = w.styles[:len(w.styles)-1]
	w.escape(last.off)
	for _, s := range w.styles {
		if s.off == last.off {
			w.escape(s.on)
		}
	}
}

func (w *writer) escape(sequence string) {
	if w.page.ansi && sequence != "" {
		w.WriteString(sequence)
		w.page.styled = true
	}
}

// unescape resolves backslash escapes and entities. An entity cannot bring in a control
// character.
func unescape(text []byte) string {
	if !bytes.ContainsAny(text, `\&`) {
		return string(text)
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text) && util.IsPunct(text[i+1]):
			i++
			b.WriteByte(text[i])
		case text[i] == '&':
			entity := entityAt(text[i:])
			b.Write(util.ResolveEntityNames(util.ResolveNumericReferences(entity)))
			i += len(entity) - 1
		default:
			b.WriteByte(text[i])
		}
	}
	return Clean(b.String())
}

// entityAt returns what may be an entity at the start of text, or its first byte.
func entityAt(text []byte) []byte {
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
