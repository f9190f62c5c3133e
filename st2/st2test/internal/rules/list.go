package rules

import (
	"cmp"
	"slices"
	"sync"

	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// Registered is a rule with its document.
type Registered struct {
	Rule
	Document *pyjson.Object
}

// List keeps rules. The zero value is empty. It is safe for concurrent use.
type List struct {
	mu   sync.RWMutex
	list []*Registered
}

// Add adds a rule, in place of one with the same reference.
func (l *List) Add(added Rule) *Registered {
	registered := &Registered{added, added.Document()}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.removeLocked(added.Ref)
	l.list = append(l.list, registered)
	return registered
}

// Remove removes a rule; an unknown one is no error.
func (l *List) Remove(ref string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.removeLocked(ref)
}

func (l *List) removeLocked(ref string) {
	l.list = slices.DeleteFunc(l.list, func(r *Registered) bool { return r.Ref == ref })
}

// All returns the rules in the order in which they were added.
func (l *List) All() []*Registered {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return slices.Clone(l.list)
}

// Sorted returns the rules by their references.
func (l *List) Sorted() []*Registered {
	all := l.All()
	slices.SortFunc(all, func(x, y *Registered) int { return cmp.Compare(x.Ref, y.Ref) })
	return all
}

// Find returns the rule with that reference or id, or nil.
func (l *List) Find(refOrID string) *Registered {
	for _, r := range l.All() {
		if r.Ref == refOrID || r.Document.Text("id") == refOrID {
			return r
		}
	}
	return nil
}
