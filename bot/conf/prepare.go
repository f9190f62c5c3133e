package conf

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// preparer checks the keys of a whole document, whoever will decode its parts, and
// puts environment variables in.
type preparer struct {
	problems
	lookup func(string) (string, bool)
	room   int // bytes that replaced values may still take
}

// visit goes through the document as it is written: an alias's target is visited
// where it stands.
func (p *preparer) visit(n *yaml.Node, path string) {
	switch n.Kind {
	case yaml.MappingNode:
		p.checkKeys(n, path)
		for key, value := range pairs(n) {
			p.visit(value, member(path, key.Value))
		}
	case yaml.SequenceNode:
		for i, value := range n.Content {
			p.visit(value, item(path, i))
		}
	case yaml.ScalarNode:
		p.expand(n, path)
	}
}

func (p *preparer) checkKeys(mapping *yaml.Node, path string) {
	first := map[string]*yaml.Node{}
	for key, value := range pairs(mapping) {
		earlier, duplicate := first[key.Value]
		switch {
		case key.Kind != yaml.ScalarNode:
			p.add(key, path, "expected a key that is plain text, not "+kindOf(key))
			continue
		case duplicate:
			p.add(key, member(path, key.Value),
				fmt.Sprintf("duplicate key %q, first given in line %d", clip(key.Value), earlier.Line))
			continue
		case isMerge(key) && !mergeable(value):
			p.add(value, member(path, key.Value), "expected a mapping, or a list of mappings, after <<")
		}
		first[key.Value] = key
	}
}

func mergeable(value *yaml.Node) bool {
	return !slices.ContainsFunc(mergeSources(value), func(n *yaml.Node) bool { return n.Kind != yaml.MappingNode })
}

func (p *preparer) expand(n *yaml.Node, path string) {
	if p.lookup == nil || !strings.Contains(n.Value, "${") {
		return
	}
	text, err := expandText(n.Value, p.lookup, p.room)
	if err != nil {
		p.adopt(n, path, err)
		n.Tag, n.Value = tagNull, "" // so that Decode does not complain of the same value again
		return
	}
	p.room -= len(text)
	n.Value = text
	if n.Style == 0 && n.Tag == tagText {
		n.Tag = plainTag(text)
	}
}

// plainTag returns the type of unquoted text. Only numbers, true and false count:
// what comes from the environment never makes a value absent, nor a date of text.
func plainTag(text string) string {
	switch tag := (&yaml.Node{Kind: yaml.ScalarNode, Value: text}).ShortTag(); tag {
	case tagInt, tagFloat, tagBool:
		return tag
	}
	return tagText
}

var errNotVariable = errors.New("${ does not begin a variable like ${NAME}; write $${ for a literal ${")

// expandText replaces every ${NAME}, once: what a variable holds is not looked into.
func expandText(text string, lookup func(string) (string, bool), room int) (string, error) {
	var out strings.Builder
	for text != "" && out.Len() <= room {
		before, rest, found := strings.Cut(text, "${")
		if !found {
			out.WriteString(text)
			break
		}
		if strings.HasSuffix(before, "$") {
			out.WriteString(before + "{")
			text = rest
			continue
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed || !isVariableName(name) {
			return "", errNotVariable
		}
		value, set := lookup(name)
		if !set {
			return "", fmt.Errorf("the environment variable %s is not set", clip(name))
		}
		out.WriteString(before)
		out.WriteString(value)
		text = after
	}
	if out.Len() > room {
		return "", fmt.Errorf("environment variables make the document larger than %d bytes", maxSize)
	}
	return out.String(), nil
}

func isVariableName(name string) bool {
	for i, c := range name {
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}
