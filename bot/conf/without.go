package conf

import "gopkg.in/yaml.v3"

// Without returns d without the keys that drop wants gone, so that they are not unknown
// ones for Decode. Anchors in them can still be used elsewhere. d stays as it is.
func (d *Document) Without(drop func(key string) bool) *Document {
	kept := *d.Node()
	kept.Content = nil
	for i := 0; i+1 < len(d.Node().Content); i += 2 {
		key, value := d.Node().Content[i], d.Node().Content[i+1]
		if key.Kind == yaml.ScalarNode && drop(key.Value) {
			continue
		}
		kept.Content = append(kept.Content, key, value)
	}
	rest := *d
	rest.node = &kept
	return &rest
}

// Keys returns the keys of d, in the order of the file.
func (d *Document) Keys() []string {
	var keys []string
	for _, e := range entries(d.Node()) {
		keys = append(keys, e.key.Value)
	}
	return keys
}
