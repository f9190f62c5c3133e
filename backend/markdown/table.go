package markdown

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// Bounds of a table; what is beyond them is shown as it was typed.
const (
	maxColumns = 64
	maxCell    = 4 << 10 // bytes of a line
	maxGrowth  = 32      // bytes drawn for each byte typed
)

// table makes tables out of paragraphs, but leaves alone what would lose text or cost
// too much.
type table struct{ parser.ParagraphTransformer }

// Transform implements [parser.ParagraphTransformer].
func (t table) Transform(node *ast.Paragraph, reader text.Reader, pc parser.Context) {
	if !isTable(node.Lines().Value(reader.Source())) {
		return
	}
	typed := node.Lines().Sliced(0, node.Lines().Len())
	t.ParagraphTransformer.Transform(node, reader, pc)
	// Where text stands above the table, it stays and has the position of both.
	if rest := node.Lines().Len(); node.Parent() != nil && rest < len(typed) {
		node.NextSibling().SetPos(typed[rest].Start)
	}
}

// isTable reports whether paragraph holds a delimiter row with a "|" in it (a line of
// dashes alone is an underline), and no row has more cells than the table has columns.
func isTable(paragraph []byte) bool {
	lines := bytes.Split(bytes.TrimRight(paragraph, "\n"), []byte("\n"))
	for i, line := range lines {
		switch {
		case !isDelimiterRow(line):
			continue
		case i == 0 || bytes.IndexByte(line, '|') < 0:
			return false
		}
		columns, longest := cells(line), 0
		for _, row := range lines[i-1:] {
			longest = max(longest, len(row))
			if cells(row) > columns {
				return false
			}
		}
		height := len(lines) + bytes.Count(paragraph, []byte("<")) // each can be a line break
		return columns <= maxColumns && longest <= maxCell && longest*height <= maxGrowth*len(paragraph)
	}
	return false
}

// isDelimiterRow reports whether line consists of what a delimiter row is made of.
func isDelimiterRow(line []byte) bool {
	return len(bytes.Trim(line, "-:| \t\n")) == 0 && bytes.IndexByte(line, '-') >= 0 &&
		bytes.ContainsAny(line, ":| \t")
}

// cells counts the cells of a row.
func cells(row []byte) int {
	row = bytes.TrimSpace(row)
	row = bytes.TrimPrefix(row, []byte("|"))
	row = bytes.TrimSuffix(row, []byte("|"))
	return bytes.Count(row, []byte("|")) - bytes.Count(row, []byte(`\|`)) + 1
}

// isCell reports whether n is in a cell of a table.
func isCell(n ast.Node) bool {
	for ; n != nil; n = n.Parent() {
		if n.Kind() == extast.KindTableCell {
			return true
		}
	}
	return false
}

// table draws t in box characters.
func (p *page) table(t *extast.Table) string {
	var rows [][]cell
	widths := make([]int, len(t.Alignments))
	for r := t.FirstChild(); r != nil; r = r.NextSibling() {
		var row []cell
		for c := r.FirstChild(); c != nil; c = c.NextSibling() {
			row = append(row, newCell(p.inline(c)))
			widths[len(row)-1] = max(widths[len(row)-1], row[len(row)-1].width)
		}
		rows = append(rows, row)
	}
	var b strings.Builder
	border(&b, widths, "┏━┳┓")
	drawRow(&b, widths, rows[0], t.Alignments, "┃")
	if len(rows) == 1 {
		border(&b, widths, "┗━┻┛")
		return strings.TrimSuffix(b.String(), "\n")
	}
	border(&b, widths, "┡━╇┩")
	for _, row := range rows[1:] {
		drawRow(&b, widths, row, t.Alignments, "│")
	}
	border(&b, widths, "└─┴┘")
	return strings.TrimSuffix(b.String(), "\n")
}

// cell is a table's cell. Its width is that of all its lines together, as Errbot counts
// it.
type cell struct {
	lines []string
	width int
}

func newCell(text string) cell {
	c := cell{lines: strings.Split(strings.ReplaceAll(text, "\t", " "), "\n")}
	for _, line := range c.lines {
		c.width += displayWidth(line)
	}
	return c
}

// border draws a line across the table; chars are its left end, its dash, its crossing
// and its right end.
func border(b *strings.Builder, widths []int, chars string) {
	char := []rune(chars)
	for i, width := range widths {
		b.WriteRune(char[min(i, 1)*2]) // the left end, then crossings
		b.WriteString(strings.Repeat(string(char[1]), width+2))
	}
	b.WriteRune(char[3])
	b.WriteByte('\n')
}

// drawRow draws one row, which takes as many lines as its highest cell.
func drawRow(b *strings.Builder, widths []int, row []cell, alignments []extast.Alignment, side string) {
	height := 1
	for _, c := range row {
		height = max(height, len(c.lines))
	}
	for y := range height {
		for x, c := range row {
			line := ""
			if y < len(c.lines) {
				line = c.lines[y]
			}
			left, right := padding(widths[x]-displayWidth(line), alignments[x])
			b.WriteString(side + " " + left + line + right + " ")
		}
		b.WriteString(side + "\n")
	}
}

// padding divides blanks between the two sides of a cell.
func padding(blanks int, alignment extast.Alignment) (left, right string) {
	n := 0
	switch alignment {
	case extast.AlignRight:
		n = blanks
	case extast.AlignCenter:
		n = blanks / 2
	}
	return strings.Repeat(" ", n), strings.Repeat(" ", blanks-n)
}
