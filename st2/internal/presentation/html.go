package presentation

import (
	"bytes"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/util"
)

// toHTML renders Markdown. There is no HTML in it: what looks like some is text.
func toHTML(md string) string {
	if md == "" {
		return ""
	}
	var out bytes.Buffer
	// Writing to a buffer does not fail.
	_ = goldmark.New(goldmark.WithParser(newParser()), goldmark.WithExtensions(extension.Table)).Convert([]byte(md), &out)
	return out.String()
}

// newParser returns goldmark's usual parser without HTML, and without what command output is
// taken for by mistake: underlined headings and indented code.
func newParser() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(
			util.Prioritized(parser.NewListParser(), 300),
			util.Prioritized(parser.NewListItemParser(), 400),
			util.Prioritized(parser.NewATXHeadingParser(), 600),
			util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
			util.Prioritized(parser.NewBlockquoteParser(), 800),
			util.Prioritized(parser.NewParagraphParser(), 1000),
		),
		parser.WithInlineParsers(
			util.Prioritized(parser.NewCodeSpanParser(), 100),
			util.Prioritized(parser.NewLinkParser(), 200),
			util.Prioritized(parser.NewAutoLinkParser(), 300),
			util.Prioritized(parser.NewEmphasisParser(), 500),
		),
	)
}
