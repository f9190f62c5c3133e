package markdown

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// newParser returns a parser for chat: without underlined headings, rules, indented
// code, HTML and link definitions, and with tables and attribute lists. Whoever is
// first in a list has precedence.
func newParser() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(prioritized(
			list{parser.NewListParser()},
			parser.NewListItemParser(),
			parser.NewATXHeadingParser(),
			parser.NewFencedCodeBlockParser(),
			quote{parser.NewBlockquoteParser()},
			paragraph{parser.NewParagraphParser()},
		)...),
		parser.WithInlineParsers(prioritized(
			parser.NewCodeSpanParser(),
			parser.NewLinkParser(),
			parser.NewAutoLinkParser(),
			cellBreak{},
			attributeList{},
			parser.NewEmphasisParser(),
		)...),
		parser.WithParagraphTransformers(prioritized(
			table{extension.NewTableParagraphTransformer()},
			longParagraph{},
		)...),
		parser.WithASTTransformers(prioritized(extension.NewTableASTTransformer())...),
	)
}

func prioritized(values ...any) []util.PrioritizedValue {
	var all []util.PrioritizedValue
	for i, v := range values {
		all = append(all, util.Prioritized(v, i))
	}
	return all
}

// list refuses rules ("- - -"), the second line of a table ("- | -") and what is nested
// too deeply.
type list struct{ parser.BlockParser }

// Open implements [parser.BlockParser].
func (l list) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, _ := reader.PeekLine()
	// The parser behind has a say first: it keeps notes in pc.
	node, state := l.BlockParser.Open(parent, reader, pc)
	if node == nil || isRule(line) || isDelimiterRow(line) || len(pc.OpenedBlocks()) >= maxNesting {
		return nil, parser.NoChildren
	}
	return node, state
}

// isRule reports whether line holds three or more of one of the characters "-", "*"
// and "_", and nothing else but blanks.
func isRule(line []byte) bool {
	marks := bytes.Join(bytes.Fields(line), nil)
	return len(marks) >= 3 && len(bytes.Trim(marks, string(marks[:1]))) == 0 &&
		bytes.IndexByte([]byte("-*_"), marks[0]) >= 0
}

// quote refuses what is nested too deeply, and ">>" without a blank between: that is a
// prompt or a redirection.
type quote struct{ parser.BlockParser }

// Open implements [parser.BlockParser].
func (q quote) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, _ := reader.PeekLine()
	if bytes.HasPrefix(bytes.TrimLeft(line, " \t"), []byte(">>")) || len(pc.OpenedBlocks()) >= maxNesting {
		return nil, parser.NoChildren
	}
	return q.BlockParser.Open(parent, reader, pc)
}

// paragraph keeps the indentation of its lines, and ends where the list item or quote
// around it ends: a line below a list belongs to the list only when it is indented.
type paragraph struct{ parser.BlockParser }

// CanInterruptParagraph implements [parser.BlockParser].
func (paragraph) CanInterruptParagraph() bool { return true }

// CanAcceptIndentedLine implements [parser.BlockParser].
func (paragraph) CanAcceptIndentedLine() bool { return true }

// Open implements [parser.BlockParser].
func (p paragraph) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	last := pc.LastOpenedBlock().Node
	if last != nil && ast.IsParagraph(last) && last.Parent() == parent {
		return nil, parser.NoChildren // the line continues that paragraph
	}
	return p.BlockParser.Open(parent, reader, pc)
}

// Close implements [parser.BlockParser]. Of a tab that is partly the indentation of a list
// or quote, the other part is lost: inline parsers do not expect any.
func (paragraph) Close(node ast.Node, _ text.Reader, _ parser.Context) {
	lines := node.Lines()
	for i := range lines.Len() {
		line := lines.At(i)
		line.Padding = 0
		lines.Set(i, line)
	}
}

// longParagraph has nothing but escapes resolved in a paragraph of more than
// maxParagraph bytes: it is no prose, and the cost of inline markup may be quadratic.
type longParagraph struct{}

// Transform implements [parser.ParagraphTransformer].
func (longParagraph) Transform(node *ast.Paragraph, _ text.Reader, _ parser.Context) {
	lines := node.Lines()
	if lines.At(lines.Len()-1).Stop-lines.At(0).Start <= maxParagraph {
		return
	}
	literal := ast.NewCodeBlock()
	literal.SetLines(lines)
	literal.SetPos(node.Pos())
	node.Parent().ReplaceChild(node.Parent(), node, literal)
}
