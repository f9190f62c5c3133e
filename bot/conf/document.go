package conf

import (
	"fmt"

	"gopkg.in/yaml.v3"
)

// Document is a part of a configuration, usually a mapping, that knows where it
// came from, so that whoever decodes it reports positions in the file. [Parse] makes
// the whole file's; a field of type *Document gets its section's (see
// [Document.Decode]). A nil Document is an empty one. A Document is not changed after
// Parse and safe for concurrent use.
type Document struct {
	node *yaml.Node
	name string
	dir  string
	path string // the keys that lead here
}

// sub returns the part of d at n. Nothing at all is an empty mapping, so that
// "plugin:" without a value means that plugin's defaults.
func (d *Document) sub(n *yaml.Node, path string) *Document {
	if isNull(n) {
		n = emptyMapping(n.Line, n.Column)
	}
	return &Document{node: n, name: d.name, dir: d.dir, path: path}
}

func emptyMapping(line, column int) *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Tag: tagMap, Line: line, Column: column}
}

// Node returns the document's root, with environment variables put in. It may hold
// secrets in clear, and must not be changed.
func (d *Document) Node() *yaml.Node {
	if d == nil || d.node == nil {
		return emptyMapping(0, 0)
	}
	return d.node
}

// Name returns the file's name as it was given to [Parse].
func (d *Document) Name() string {
	if d == nil {
		return ""
	}
	return d.name
}

// Section returns the document under a key, with merge keys followed, and an empty
// one when the key is absent or null. Whether the section is a mapping is left to
// its Decode.
func (d *Document) Section(key string) *Document {
	if e, found := d.find(key); found {
		return d.sub(e.value, member(d.path, key))
	}
	return nil
}

func (d *Document) find(key string) (entry, bool) {
	for _, e := range entries(d.Node()) {
		if e.key.Value == key {
			return e, true
		}
	}
	return entry{}, false
}

// Errorf returns an [Error] about a key of d, at the key's position or, where the
// key is absent, at the document's. It is for what Decode cannot know: a missing
// key, a value outside its range. The message should not contain the value.
func (d *Document) Errorf(key, format string, args ...any) *Error {
	at, path := d.Node(), key
	if e, found := d.find(key); found {
		at = e.key
	}
	if d != nil {
		path = member(d.path, key)
	}
	return &Error{
		Name: d.Name(), Line: at.Line, Column: at.Column, Key: path,
		Message: about(path, fmt.Sprintf(format, args...)),
	}
}

// MarshalYAML shows the document's keys and masks every value: a document that has
// not been decoded does not say which of its values are secret.
func (d Document) MarshalYAML() (any, error) { return masked(d.Node()), nil }
