package acl

import (
	"errors"
	"fmt"
	"iter"
	"strings"

	"gopkg.in/yaml.v3"
)

// The bounds of what a list may hold. YAML aliases let a small file stand for a
// huge list, or for one that contains itself.
const (
	maxDepth = 16
	maxNodes = 100_000
)

// parser walks YAML nodes and collects what is wrong with them.
type parser struct {
	problems []error
	nodes    int
}

func (p *parser) err() error { return errors.Join(p.problems...) }

func (p *parser) addf(node *yaml.Node, format string, args ...any) {
	problem := fmt.Errorf("line %d, column %d: %s", node.Line, node.Column, fmt.Sprintf(format, args...))
	p.problems = append(p.problems, problem)
}

// pairs yields the keys and values of a mapping with aliases resolved; subject
// and object complete the sentence that refuses anything else.
func (p *parser) pairs(node *yaml.Node, subject, object string) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(key, value *yaml.Node) bool) {
		node := resolve(node)
		if isNull(node) {
			return
		}
		if node.Kind != yaml.MappingNode {
			p.addf(node, "%s a mapping %s, not %s", subject, object, describe(node))
			return
		}
		for i := 0; i+1 < len(node.Content); i += 2 {
			key, value := resolve(node.Content[i]), resolve(node.Content[i+1])
			if key.ShortTag() == "!!merge" {
				p.addf(key, "<< is not understood in access rules: write the keys out")
				continue
			}
			if !yield(key, value) {
				return
			}
		}
	}
}

// list returns nil for null, and a list that is not nil for everything else.
func (p *parser) list(node *yaml.Node) []string {
	node = resolve(node)
	if isNull(node) {
		return nil
	}
	return p.appendTexts([]string{}, node, 0)
}

func (p *parser) appendTexts(texts []string, node *yaml.Node, depth int) []string {
	p.nodes++
	switch {
	case p.nodes > maxNodes || depth > maxDepth:
		if p.nodes <= maxNodes+1 {
			p.addf(node, "the list is too long or contains itself")
		}
		p.nodes = maxNodes + 1
	case node.Kind == yaml.SequenceNode:
		for _, item := range node.Content {
			texts = p.appendTexts(texts, resolve(item), depth+1)
		}
	case isText(node):
		texts = append(texts, node.Value)
	case isNull(node):
		p.addf(node, "empty entry in a list: a name that begins with # needs quotes")
	default:
		p.addf(node, "expected a text or a list of texts, not %s", describe(node))
	}
	return texts
}

func (p *parser) boolean(node *yaml.Node) *bool {
	if isNull(node) {
		return nil
	}
	var value bool
	if node.ShortTag() != "!!bool" || node.Decode(&value) != nil {
		p.addf(node, "expected true or false, not %s", describe(node))
		return nil
	}
	return &value
}

// checkComment refuses "allowrooms: #ops", which YAML takes for a comment: the key
// would not be set, and the command open to every room.
func (p *parser) checkComment(key, value *yaml.Node) {
	comment := key.LineComment
	if isNull(value) && value.Value == "" && len(comment) > 1 && comment[1] != ' ' {
		p.addf(key, "%q has no value, for YAML takes %s for a comment: put it in quotes", key.Value, comment)
	}
}

// resolve follows an alias and opens a document. A nil node is returned as it is.
func resolve(node *yaml.Node) *yaml.Node {
	for node != nil {
		switch {
		case node.Kind == yaml.AliasNode:
			node = node.Alias
		case node.Kind == yaml.DocumentNode && len(node.Content) > 0:
			node = node.Content[0]
		default:
			return node
		}
	}
	return nil
}

func isNull(node *yaml.Node) bool {
	return node == nil || node.IsZero() || node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null"
}

// isText reports what is taken as it is written: also numbers and dates, which
// people do not put in quotes.
func isText(node *yaml.Node) bool {
	if node.Kind != yaml.ScalarNode {
		return false
	}
	switch node.ShortTag() {
	case "!!str", "!!int", "!!float", "!!timestamp":
		return true
	default:
		return false
	}
}

func describe(node *yaml.Node) string {
	switch {
	case isNull(node):
		return "nothing"
	case node.Kind == yaml.MappingNode:
		return "a mapping"
	case node.Kind == yaml.SequenceNode:
		return "a list"
	case isText(node) && strings.TrimSpace(node.Value) == "":
		return "an empty text"
	default:
		return fmt.Sprintf("%q", node.Value)
	}
}
