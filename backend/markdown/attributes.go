package markdown

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// attributeList parses {:color='red' bgcolor=blue .class #id} into an empty
// [ast.String] that has the colours as its attributes.
type attributeList struct{}

// Trigger implements [parser.InlineParser].
func (attributeList) Trigger() []byte { return []byte{'{'} }

// Parse implements [parser.InlineParser].
func (attributeList) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, _ := block.PeekLine()
	end := bytes.IndexByte(line, '}')
	if end < 0 || !bytes.HasPrefix(line, []byte("{:")) {
		return nil
	}
	node := ast.NewString(nil)
	items := strings.Fields(string(line[2:end]))
	for _, item := range items {
		key, value, ok := strings.Cut(item, "=")
		switch {
		case ok && isName(key) && isName(unquote(value)):
			node.SetAttributeString(key, unquote(value))
		case ok || len(item) < 2 || !strings.ContainsRune(".#", rune(item[0])) || !isName(item[1:]):
			return nil // not an attribute list, so it is text
		}
	}
	if len(items) == 0 {
		return nil
	}
	block.Advance(end + 1)
	return node
}

// unquote removes one pair of quotes around value.
func unquote(value string) string {
	if len(value) >= 2 && value[0] == value[len(value)-1] && (value[0] == '\'' || value[0] == '"') {
		return value[1 : len(value)-1]
	}
	return value
}

func isName(text string) bool {
	return text != "" && strings.IndexFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
	}) < 0
}

// cellBreak parses <br/> in a cell of a table.
type cellBreak struct{}

// Trigger implements [parser.InlineParser].
func (cellBreak) Trigger() []byte { return []byte{'<'} }

// Parse implements [parser.InlineParser].
func (cellBreak) Parse(parent ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, _ := block.PeekLine()
	end := bytes.IndexByte(line, '>')
	if end < 0 || end > len("<br />") || !isCell(parent) {
		return nil
	}
	switch strings.ToLower(string(line[:end+1])) {
	case "<br>", "<br/>", "<br />":
	default:
		return nil
	}
	block.Advance(end + 1)
	lineBreak := ast.NewText()
	lineBreak.SetHardLineBreak(true)
	return lineBreak
}
