package conf

import (
	"iter"
	"strconv"

	"gopkg.in/yaml.v3"
)

// YAML's tags, as yaml.Node.ShortTag spells them.
const (
	tagNull      = "!!null"
	tagBool      = "!!bool"
	tagInt       = "!!int"
	tagFloat     = "!!float"
	tagText      = "!!str"
	tagTimestamp = "!!timestamp"
	tagMap       = "!!map"
	tagMerge     = "!!merge"
)

// entry is a key of a mapping with its value, which is never an alias.
type entry struct{ key, value *yaml.Node }

// entries returns a mapping's entries: its own, then those that "<<" merges in.
// A key appears once; the first one counts, as YAML's merge type has it.
func entries(mapping *yaml.Node) []entry {
	var all []entry
	collect(mapping, map[string]bool{}, &all)
	return all
}

func collect(mapping *yaml.Node, seen map[string]bool, all *[]entry) {
	var merged []*yaml.Node
	for key, value := range pairs(mapping) {
		switch {
		case isMerge(key):
			merged = append(merged, mergeSources(value)...)
		case key.Kind == yaml.ScalarNode && !seen[key.Value]:
			seen[key.Value] = true
			*all = append(*all, entry{key, resolve(value)})
		}
	}
	for _, source := range merged {
		collect(source, seen, all)
	}
}

// mergeSources returns the mappings behind the value of a "<<" key.
func mergeSources(value *yaml.Node) []*yaml.Node {
	value = resolve(value)
	if value.Kind != yaml.SequenceNode {
		return []*yaml.Node{value}
	}
	sources := make([]*yaml.Node, len(value.Content))
	for i, item := range value.Content {
		sources[i] = resolve(item)
	}
	return sources
}

// pairs yields a mapping's keys and values as they stand, and nothing for other nodes.
func pairs(n *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(key, value *yaml.Node) bool) {
		if n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(resolve(n.Content[i]), n.Content[i+1]) {
				return
			}
		}
	}
}

func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

func isMerge(key *yaml.Node) bool { return key.Kind == yaml.ScalarNode && key.ShortTag() == tagMerge }

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == tagNull }

// kindOf names what a node is, for people. It does not show the value.
func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case tagNull:
		return "nothing"
	case tagBool:
		return "a boolean"
	case tagInt:
		return "a whole number"
	case tagFloat:
		return "a number with a fraction"
	case tagTimestamp:
		return "a date"
	case tagText, tagMerge:
		return "text"
	}
	return "a value of another type"
}

// Paths of keys, as people write them: "web.listen[1]".

func member(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func item(path string, index int) string { return path + "[" + strconv.Itoa(index) + "]" }
