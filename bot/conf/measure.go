package conf

import (
	"fmt"

	"gopkg.in/yaml.v3"
)

const (
	maxDepth = 100     // of nested lists and mappings
	maxNodes = 1 << 20 // with every alias written out
)

// measure refuses a document that would be endless, or much larger than its text,
// once its aliases are followed. Everything after it may follow them freely.
func measure(root *yaml.Node) error {
	m := measurer{known: map[*yaml.Node]extent{}, open: map[*yaml.Node]bool{}}
	_, err := m.measure(root, 0)
	return err
}

// extent is how large a node is with every alias in it written out.
type extent struct{ nodes, height int }

type measurer struct {
	known map[*yaml.Node]extent
	open  map[*yaml.Node]bool // the nodes above the current one
}

func (m *measurer) measure(n *yaml.Node, depth int) (extent, error) {
	n = resolve(n)
	if m.open[n] {
		return extent{}, at(n, "the anchor contains itself")
	}
	size, known := m.known[n]
	if depth+size.height > maxDepth {
		return extent{}, at(n, fmt.Sprintf("nested deeper than %d levels", maxDepth))
	}
	if known {
		return size, nil
	}
	m.open[n] = true
	defer delete(m.open, n)
	size = extent{nodes: 1}
	for _, child := range n.Content {
		part, err := m.measure(child, depth+1)
		if err != nil {
			return extent{}, err
		}
		size.nodes += part.nodes
		size.height = max(size.height, part.height+1)
		if size.nodes > maxNodes {
			return extent{}, at(n, fmt.Sprintf("more than %d values once aliases are followed", maxNodes))
		}
	}
	m.known[n] = size
	return size, nil
}
