package xmpp

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/parser"
	render "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"

	"github.com/go-errbot/errbot/backend/markdown"
)

// maxFormatted is the longest body, in bytes, that is sent with formatting: the cost of some
// texts grows with the square of their length.
const maxFormatted = 20 << 10

// xhtml returns a body in Markdown as formatted text; nil when it has no formatting that
// XEP-0071 knows, which leaves tables out.
func xhtml(body string) *html {
	body = markdown.Clean(body)
	if len(body) > maxFormatted || strings.Contains(body, "|-") || strings.Contains(body, "|:") || strings.Contains(body, "| -") {
		return nil
	}
	var out bytes.Buffer
	if err := formatter().Convert([]byte(body), &out); err != nil || !isWellFormed(out.Bytes()) {
		return nil
	}
	h := &html{}
	h.Body.Inner = strings.TrimSpace(out.String())
	return h
}

// formatter makes what XEP-0071 allows: no HTML passes, and neither do links to scripts.
func formatter() goldmark.Markdown {
	return goldmark.New(
		goldmark.WithParser(parser.NewParser(
			parser.WithBlockParsers(
				util.Prioritized(parser.NewListParser(), 1),
				util.Prioritized(parser.NewListItemParser(), 2),
				util.Prioritized(parser.NewATXHeadingParser(), 3),
				util.Prioritized(parser.NewFencedCodeBlockParser(), 4),
				util.Prioritized(parser.NewBlockquoteParser(), 5),
				util.Prioritized(parser.NewParagraphParser(), 6),
			),
			parser.WithInlineParsers(
				util.Prioritized(parser.NewCodeSpanParser(), 1),
				util.Prioritized(parser.NewLinkParser(), 2),
				util.Prioritized(parser.NewAutoLinkParser(), 3),
				util.Prioritized(parser.NewEmphasisParser(), 4),
			),
		)),
		goldmark.WithRendererOptions(render.WithXHTML(), render.WithHardWraps()),
	)
}

// isWellFormed reports whether a page can stand in a stanza: a server ends the stream over one
// that cannot.
func isWellFormed(page []byte) bool {
	for d := xml.NewDecoder(bytes.NewReader(page)); ; {
		token, err := d.Token()
		switch token.(type) {
		case xml.Comment, xml.Directive, xml.ProcInst:
			return false
		}
		if err != nil {
			return errors.Is(err, io.EOF)
		}
	}
}
