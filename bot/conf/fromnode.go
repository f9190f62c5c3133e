package conf

import "gopkg.in/yaml.v3"

// FromNode returns a node as a document of its own, for a type that decodes itself
// strictly in UnmarshalYAML. Relative paths in it are relative to the working folder. The zero
// Node is an empty document.
func FromNode(n *yaml.Node) *Document {
	if n.IsZero() {
		return nil
	}
	return &Document{node: resolve(n)}
}
