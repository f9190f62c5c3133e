package conf

import (
	"bytes"
	"fmt"

	"github.com/go-errbot/errbot/bot/secret"
	"gopkg.in/yaml.v3"
)

// Encode returns v as YAML, to show which configuration is in effect. Secrets print
// as ***, and as "" when they are not set; a [Document] prints its keys with every
// value masked. A yaml.Node prints as it is: sections that may hold secrets should
// be Documents.
func Encode(v any) ([]byte, error) {
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(v); err != nil {
		return nil, fmt.Errorf("print configuration: %w", err)
	}
	if err := encoder.Close(); err != nil {
		return nil, fmt.Errorf("print configuration: %w", err)
	}
	return out.Bytes(), nil
}

// masked returns n with aliases and merge keys written out and every value masked.
func masked(n *yaml.Node) *yaml.Node {
	out := &yaml.Node{Kind: n.Kind, Tag: n.ShortTag(), Style: n.Style & yaml.FlowStyle}
	switch n.Kind {
	case yaml.MappingNode:
		for _, e := range entries(n) {
			key := &yaml.Node{Kind: yaml.ScalarNode, Tag: e.key.Tag, Value: e.key.Value, Style: e.key.Style}
			out.Content = append(out.Content, key, masked(e.value))
		}
	case yaml.SequenceNode:
		for _, value := range n.Content {
			out.Content = append(out.Content, masked(resolve(value)))
		}
	default:
		if isNull(n) {
			out.Value = "null"
			break
		}
		out.SetString(secret.Mask)
	}
	return out
}
