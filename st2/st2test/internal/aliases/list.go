package aliases

import (
	"cmp"
	"slices"
	"sync"
)

// List keeps aliases in the order of their registration. The zero value is empty. It is
// safe for concurrent use.
type List struct {
	mu   sync.RWMutex
	list []*Alias
}

func (l *List) snapshot() []*Alias {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return slices.Clone(l.list)
}

// Sorted returns the aliases by pack and name.
func (l *List) Sorted() []*Alias {
	list := l.snapshot()
	slices.SortStableFunc(list, func(x, y *Alias) int {
		return cmp.Or(cmp.Compare(x.Pack, y.Pack), cmp.Compare(x.Name, y.Name))
	})
	return list
}

// Find returns the alias with that reference or id, or nil.
func (l *List) Find(refOrID string) *Alias {
	return l.first(func(x *Alias) bool { return x.ID == refOrID || x.Ref() == refOrID })
}

// Named returns the first alias of that name in whatever pack, or nil: StackStorm finds
// aliases again by their name alone.
func (l *List) Named(name string) *Alias {
	return l.first(func(x *Alias) bool { return x.Name == name })
}

func (l *List) first(is func(*Alias) bool) *Alias {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if i := slices.IndexFunc(l.list, is); i >= 0 {
		return l.list[i]
	}
	return nil
}

// Add registers an alias, and reports false when its pack has one of that name.
func (l *List) Add(added *Alias) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if slices.ContainsFunc(l.list, func(x *Alias) bool { return x.Ref() == added.Ref() }) {
		return false
	}
	l.list = append(l.list, added)
	return true
}

// Replace puts a changed alias in the place of the one with its id.
func (l *List) Replace(changed *Alias) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.IndexFunc(l.list, func(x *Alias) bool { return x.ID == changed.ID }); i >= 0 {
		l.list[i] = changed
	}
}

// Remove removes an alias.
func (l *List) Remove(gone *Alias) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = slices.DeleteFunc(l.list, func(x *Alias) bool { return x.ID == gone.ID })
}

// Shadowed returns the demo aliases that have the name of an alias, or that share a
// representation with it, whatever their parameters are called.
func (l *List) Shadowed(by *Alias) []*Alias {
	var list []*Alias
	for _, x := range l.snapshot() {
		if x.Demo && x.ID != by.ID && (x.Ref() == by.Ref() || x.looksLike(by)) {
			list = append(list, x)
		}
	}
	return list
}
