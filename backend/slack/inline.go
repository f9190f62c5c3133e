package slack

import (
	"net/url"
	"strings"

	"github.com/slack-go/slack"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// inline turns a line of Markdown into parts of rich text.
type inline struct {
	parser parser.Parser
	people func(username string) (id string)
}

func newInline(people func(username string) (id string)) *inline {
	return &inline{people: people, parser: parser.NewParser(
		parser.WithBlockParsers(util.Prioritized(parser.NewParagraphParser(), 1)),
		parser.WithInlineParsers(
			util.Prioritized(parser.NewCodeSpanParser(), 1),
			util.Prioritized(parser.NewLinkParser(), 2),
			util.Prioritized(parser.NewAutoLinkParser(), 3),
			util.Prioritized(parser.NewEmphasisParser(), 4),
			util.Prioritized(extension.NewStrikethroughParser(), 5),
			util.Prioritized(extension.NewLinkifyParser(extension.WithLinkifyAllowedProtocols([]string{"http:", "https:"})), 6),
		),
	)}
}

// elements returns the parts of a line, all in a style.
func (i *inline) elements(line string, style slack.RichTextSectionTextStyle) []slack.RichTextSectionElement {
	rest := strings.TrimLeft(line, " \t")
	w := writer{inline: i, source: []byte(rest)}
	w.add(line[:len(line)-len(rest)], style)
	paragraph := ast.Node(nil)
	if len(rest) <= maxInline {
		paragraph = i.parser.Parse(text.NewReader(w.source)).FirstChild()
	}
	if paragraph == nil {
		w.words(rest, style)
	} else {
		w.children(paragraph, style)
	}
	return w.out
}

// writer writes the parts of one line.
type writer struct {
	*inline
	source []byte
	out    []slack.RichTextSectionElement
}

// children writes what is inside n. The parser cuts text at every character that could have
// been markup; here it is whole again.
func (w *writer) children(n ast.Node, style slack.RichTextSectionTextStyle) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		t, ok := c.(*ast.Text)
		if !ok {
			w.node(c, style)
			continue
		}
		segment := t.Segment
		for next, ok := c.NextSibling().(*ast.Text); ok && next.Segment.Start == segment.Stop; next, ok = c.NextSibling().(*ast.Text) {
			c, segment.Stop = next, next.Segment.Stop
		}
		w.words(string(segment.Value(w.source)), style)
	}
}

func (w *writer) node(n ast.Node, style slack.RichTextSectionTextStyle) {
	switch n := n.(type) {
	case *ast.CodeSpan:
		style.Code = true
		w.add(w.label(n), style)
		return
	case *ast.Emphasis:
		style.Bold, style.Italic = style.Bold || n.Level == 2, style.Italic || n.Level == 1
	case *extast.Strikethrough:
		style.Strike = true
	case *ast.Link:
		w.link(unescapeMarkdown(string(n.Destination)), unescapeMarkdown(w.label(n)), style)
		return
	case *ast.Image:
		w.link(unescapeMarkdown(string(n.Destination)), unescapeMarkdown(w.label(n)), style)
		return
	case *ast.AutoLink:
		w.link(string(n.URL(w.source)), string(n.Label(w.source)), style)
		return
	}
	w.children(n, style)
}

// label returns the text inside n, without markup.
func (w *writer) label(n ast.Node) string {
	var out strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			out.Write(t.Segment.Value(w.source))
		} else {
			out.WriteString(w.label(c))
		}
	}
	return out.String()
}

// add adds text that is nothing else.
func (w *writer) add(text string, style slack.RichTextSectionTextStyle) {
	if text != "" {
		w.out = append(w.out, part(text, style))
	}
}

// part returns a text in a style.
func part(text string, style slack.RichTextSectionTextStyle) *slack.RichTextSectionTextElement {
	return slack.NewRichTextSectionTextElement(text, pointer(style))
}

// pointer returns nil for text without a style.
func pointer(style slack.RichTextSectionTextStyle) *slack.RichTextSectionTextStyle {
	if style == (slack.RichTextSectionTextStyle{}) {
		return nil
	}
	return &style
}

const maxURL = 3000 // bytes; Slack refuses a message with a longer one

// link adds a link. What Slack would not take for one is text.
func (w *writer) link(address, label string, style slack.RichTextSectionTextStyle) {
	u, err := url.Parse(address)
	good := err == nil && len(address) <= maxURL && (u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") || u.Scheme == "mailto" && u.Opaque != "")
	switch {
	case good && label == address:
		w.out = append(w.out, slack.NewRichTextSectionLinkElement(address, "", pointer(style)))
	case good:
		w.out = append(w.out, slack.NewRichTextSectionLinkElement(address, label, pointer(style)))
	case label == "" || label == address:
		w.add(address, style)
	default:
		w.add(label+" ("+address+")", style)
	}
}

// joined puts texts of one style that follow each other together.
func joined(parts []slack.RichTextSectionElement) []slack.RichTextSectionElement {
	var out []slack.RichTextSectionElement
	for _, p := range parts {
		t, ok := p.(*slack.RichTextSectionTextElement)
		if ok && len(out) > 0 {
			if last, ok := out[len(out)-1].(*slack.RichTextSectionTextElement); ok && sameStyle(last.Style, t.Style) {
				last.Text += t.Text
				continue
			}
		}
		out = append(out, p)
	}
	return out
}

func sameStyle(a, b *slack.RichTextSectionTextStyle) bool {
	return a == b || a != nil && b != nil && *a == *b
}
