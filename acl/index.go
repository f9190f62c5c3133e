package acl

import (
	"slices"
	"strings"
)

// typedRule is a glob that is compared with what is typed, and its rule's place.
type typedRule struct {
	typedGlob
	order int
}

// typedIndex finds the first typed rule that matches a text without trying all of
// them: only those whose literal beginning the text has. Its nodes are sorted by
// that beginning, and each knows the longest other node that it begins with.
// All beginnings of a text that are nodes are then on one path: from the last node
// that sorts not after the text up to the top.
type typedIndex []indexNode

type indexNode struct {
	literal string
	parent  int         // -1 at the top
	rules   []typedRule // in their order
}

func newTypedIndex(rules []typedRule) typedIndex {
	rules = slices.Clone(rules)
	slices.SortStableFunc(rules, func(a, b typedRule) int { return strings.Compare(a.text.literal, b.text.literal) })
	var nodes typedIndex
	for _, r := range rules {
		literal := r.text.literal
		if n := len(nodes); n == 0 || nodes[n-1].literal != literal {
			nodes = append(nodes, indexNode{literal: literal, parent: nodes.above(n-1, literal)})
		}
		last := &nodes[len(nodes)-1]
		last.rules = append(last.rules, r)
	}
	return nodes
}

// above returns the first node on the path up from i that the literal begins with.
func (x typedIndex) above(i int, literal string) int {
	for i >= 0 && !strings.HasPrefix(literal, x[i].literal) {
		i = x[i].parent
	}
	return i
}

// first returns the place of the first rule that matches the text typed for a
// command of plugin, or before when none matches that has a place before it.
func (x typedIndex) first(plugin string, text []byte, before int) int {
	for i := x.last(text); i >= 0; i = x[i].parent {
		if !begins(text, x[i].literal) {
			continue
		}
		for k := range x[i].rules {
			r := &x[i].rules[k]
			if r.order >= before {
				break
			}
			if match(r.text, text) && r.plugin.Match(plugin) {
				before = r.order
				break
			}
		}
	}
	return before
}

// last returns the last node that sorts not after text, -1 when all do.
func (x typedIndex) last(text []byte) int {
	low, high := 0, len(x)
	for low < high {
		middle := (low + high) / 2
		if x[middle].literal <= string(text) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low - 1
}
