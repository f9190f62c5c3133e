package markdown

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

// page renders one body.
type page struct {
	source []byte
	ansi   bool
	spans  bool // with ansi: code and links are marked, too
	styled bool // an escape sequence was written
}

// blocks renders the blocks inside parent, with as many blank lines between them as
// were typed.
func (p *page) blocks(parent ast.Node) string {
	var b strings.Builder
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		if n.PreviousSibling() != nil {
			b.WriteString(strings.Repeat("\n", 1+p.blankLinesBefore(n)))
		}
		b.WriteString(p.block(n))
	}
	return b.String()
}

func (p *page) block(n ast.Node) string {
	switch n := n.(type) {
	case *ast.Heading:
		return p.heading(n)
	case *ast.List:
		return indent(p.blocks(n), p.listIndent(n))
	case *ast.ListItem:
		marker := p.marker(n)
		blanks := strings.Repeat(" ", displayWidth(marker))
		return strings.TrimRight(marker+strings.TrimPrefix(indent(p.blocks(n), blanks), blanks), " ")
	case *ast.Blockquote:
		return indent(p.blocks(n), "> ")
	case *ast.FencedCodeBlock:
		return p.mark(fencedCode(n.Language(p.source)), strings.TrimSuffix(string(n.Lines().Value(p.source)), "\n"))
	case *ast.CodeBlock: // a longParagraph
		return strings.TrimSuffix(unescape(n.Lines().Value(p.source)), "\n")
	case *extast.Table:
		drawn := page{source: p.source, ansi: p.ansi && !p.spans}
		text := drawn.table(n)
		p.styled = p.styled || drawn.styled
		return p.mark(fencedCode(nil), text)
	default:
		return p.inline(n)
	}
}

// heading renders a heading as Errbot does: marked by case and indentation in text, by
// case and style on a terminal.
func (p *page) heading(h *ast.Heading) string {
	if !h.HasChildren() {
		return strings.Repeat("#", h.Level)
	}
	if p.spans {
		return p.inline(h, styled(bold()))
	}
	if !p.ansi {
		switch h.Level {
		case 1:
			return p.inline(h, upperCase())
		default:
			return strings.Repeat("  ", min(h.Level, 4)-1) + p.inline(h)
		}
	}
	switch h.Level {
	case 1:
		return p.inline(h, upperCase(), styled(bold()))
	case 2:
		return p.inline(h, styled(bold()))
	case 3:
		return p.inline(h, styled(underline()))
	default:
		return p.inline(h)
	}
}

// marker returns what begins a list item: a bullet, or the number as it was typed.
func (p *page) marker(item *ast.ListItem) string {
	list := item.Parent().(*ast.List)
	switch {
	case list.IsOrdered():
		return p.number(item) + string(list.Marker) + " "
	case !item.HasChildren():
		return string(list.Marker)
	default:
		return "• "
	}
}

// number returns the digits that begin a list item. The parser keeps only those of the
// first, and where tabs are about its positions are not exact.
func (p *page) number(item *ast.ListItem) string {
	rest := p.source[min(item.Pos(), len(p.source)):]
	digits := len(rest) - len(bytes.TrimLeft(rest, "0123456789"))
	if digits == 0 {
		return strconv.Itoa(item.Parent().(*ast.List).Start)
	}
	return string(rest[:digits])
}

// listIndent returns the blanks before a list that is in no other block; a nested one
// is indented by its item.
func (p *page) listIndent(l *ast.List) string {
	if l.Parent().Kind() != ast.KindDocument {
		return ""
	}
	line := p.source[bytes.LastIndexByte(p.source[:l.Pos()], '\n')+1 : l.Pos()]
	return string(line)
}

// blankLinesBefore counts the blank lines that were typed before n, inside a quote too.
func (p *page) blankLinesBefore(n ast.Node) int {
	count := 0
	end := bytes.LastIndexByte(p.source[:p.start(n)], '\n')
	for end > 0 {
		start := bytes.LastIndexByte(p.source[:end], '\n') + 1
		if len(bytes.TrimLeft(p.source[start:end], " \t>")) > 0 {
			break
		}
		count++
		end = start - 1
	}
	return count
}

// start returns the offset of n in the source.
func (p *page) start(n ast.Node) int {
	if n.Pos() >= 0 {
		return min(n.Pos(), len(p.source))
	}
	return n.Lines().At(0).Start
}

// indent puts prefix before every line of text, without leaving blanks on empty lines.
func indent(text, prefix string) string {
	if prefix == "" {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(prefix+line, " ")
	}
	return strings.Join(lines, "\n")
}
