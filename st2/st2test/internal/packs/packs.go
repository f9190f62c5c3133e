// Package packs answers what the actions of the pack "packs" find out.
package packs

import (
	"slices"
	"strings"

	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// Shop is what is installed, and what the index of StackStorm Exchange knows. It does not
// change once it is in use.
type Shop struct {
	Installed, Known []*pyjson.Object
}

func named(list []*pyjson.Object, name string) any {
	for _, pack := range list {
		if pack.Text("name") == name {
			return pack
		}
	}
	return nil
}

// Get is an installed pack.
func (s *Shop) Get(name string) any {
	return pyjson.Of("pack", named(s.Installed, name), "git_status", nil)
}

// Show is a pack of the index.
func (s *Shop) Show(name string) any { return pyjson.Of("pack", named(s.Known, name)) }

// Search finds the packs of the index whose name or description has a text in it.
func (s *Shop) Search(text string) any {
	found := slices.DeleteFunc(slices.Clone(s.Known), func(p *pyjson.Object) bool {
		return !strings.Contains(strings.ToLower(p.Text("name")+" "+p.Text("description")), strings.ToLower(text))
	})
	list := make([]any, len(found))
	for i := range found {
		list[i] = found[i]
	}
	return list
}
