package matrix

import (
	"bytes"
	"html"
	"net/url"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	render "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
	"maunium.net/go/mautrix/id"
)

// markdownLimit is how many bytes of Markdown are made into HTML. The cost of some texts
// grows with the square of their length; the host sends no more than [messageSize] at once.
const markdownLimit = 2 * messageSize

// renderHTML returns a Markdown text as HTML, and the people whom it addresses by their user
// IDs. There is no HTML in Markdown here: what looks like some is text.
func renderHTML(md string) (page string, called []id.UserID) {
	if len(md) > markdownLimit {
		return escapeHTML(md), nil
	}
	converter := goldmark.New(
		goldmark.WithParser(newParser()),
		goldmark.WithExtensions(extension.Table),
		goldmark.WithRendererOptions(render.WithHardWraps()),
	)
	source := []byte(md)
	document := converter.Parser().Parse(text.NewReader(source))
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if link, ok := n.(*ast.Link); ok && entering {
			if user := userBehind(string(link.Destination)); user != "" && len(called) < mentionLimit {
				called = append(called, user)
			}
		}
		return ast.WalkContinue, nil
	})
	var out bytes.Buffer
	_ = converter.Renderer().Render(&out, source, document) // writing to a buffer does not fail
	return unwrap(out.String()), called
}

// unwrap returns a page without the paragraph around it when it is the only one.
func unwrap(page string) string {
	page = strings.TrimRight(page, "\n")
	inner, ok := strings.CutPrefix(page, "<p>")
	inner, ok2 := strings.CutSuffix(inner, "</p>")
	if !ok || !ok2 || strings.Contains(inner, "<p>") {
		return page
	}
	return inner
}

// escapeHTML returns a text as it is in HTML.
func escapeHTML(s string) string {
	return strings.ReplaceAll(html.EscapeString(s), "\n", "<br>\n")
}

// newParser returns goldmark's usual parser without HTML, and without what command output is
// taken for by mistake: underlined headings and indented code. User IDs are links.
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
			util.Prioritized(userParser{}, 400),
			util.Prioritized(parser.NewEmphasisParser(), 500),
		),
	)
}

// userParser makes "@alice:example.org" a link to that person, which clients show as a pill.
type userParser struct{}

// Trigger implements [parser.InlineParser].
func (userParser) Trigger() []byte { return []byte{'@'} }

// Parse implements [parser.InlineParser].
func (userParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	line, segment := block.PeekLine()
	n := userIDAt(line)
	if n == 0 || before < 128 && isNameByte(byte(before)) {
		return nil
	}
	block.Advance(n)
	link := ast.NewLink()
	link.Destination = []byte(linkTo(id.UserID(line[:n])))
	link.AppendChild(link, ast.NewTextSegment(text.NewSegment(segment.Start, segment.Start+n)))
	return link
}

// linkTo returns the address by which clients know a person.
func linkTo(user id.UserID) string { return matrixTo + url.PathEscape(string(user)) }
