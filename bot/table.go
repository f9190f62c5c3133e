package bot

import (
	"fmt"
	"strings"
	"unicode"
)

// entry is a command that can be called.
type entry struct {
	Command
	host  *Host
	owner string // the plugin's name, or the one given to Host.Register
}

// table holds everything that messages are dispatched to. It never changes: when plugins
// come and go, the host swaps it for another.
type table struct {
	regular   map[string]*entry
	patterns  []*entry // in the order of their plugins
	byPattern map[string]*entry
	maxWords  int // of any regular command's name
	// unprefixed tells that some pattern matches messages without a prefix.
	unprefixed bool
	filters    []ownedFilter
	renamed    []clash
	fallbacks  []ownedHandler
	listeners  []ownedListener
}

type ownedHandler struct {
	owner *entry // for the request's host; it has no command
	run   Handler
}

type ownedFilter struct {
	host *Host
	namedFilter
}

type ownedListener struct {
	host *Host
	run  Listener
}

// declaration is what a plugin, or one call of Host.Register, has declared.
type declaration struct {
	host *Host
	name string
	what *Registry
}

// newTable builds the table of declared. Where two commands have the same name, the later
// one is renamed.
func newTable(declared []declaration) *table {
	t := &table{regular: map[string]*entry{}, byPattern: map[string]*entry{}}
	for _, d := range declared {
		for _, c := range d.what.commands {
			e := &entry{Command: c, host: d.host, owner: d.name}
			if other, ok := t.named(e); ok {
				e.Name = t.freeName(e)
				t.renamed = append(t.renamed, clash{e, c.Name, other})
			}
			t.add(e)
		}
		for _, f := range d.what.filters {
			t.filters = append(t.filters, ownedFilter{d.host, f})
		}
		for _, f := range d.what.fallbacks {
			t.fallbacks = append(t.fallbacks, ownedHandler{&entry{host: d.host, owner: d.name}, f})
		}
		for _, l := range d.what.listeners {
			t.listeners = append(t.listeners, ownedListener{d.host, l})
		}
	}
	return t
}

// clash tells that e could not have the name it was declared with.
type clash struct {
	entry *entry
	name  string
	other *entry
}

// String is what administrators are told.
func (c clash) String() string {
	return fmt.Sprintf("%s.%s clashes with %s.%s so it has been renamed %s",
		c.entry.owner, c.name, c.other.owner, c.other.Name, c.entry.Name)
}

func (t *table) add(e *entry) {
	if e.Pattern != nil {
		t.patterns = append(t.patterns, e)
		t.byPattern[e.Name] = e
		t.unprefixed = t.unprefixed || e.Unprefixed
		return
	}
	t.regular[e.Name] = e
	t.maxWords = max(t.maxWords, 1+strings.Count(e.Name, "_"))
}

// named returns the command of the same kind that has e's name.
func (t *table) named(e *entry) (*entry, bool) {
	if e.Pattern != nil {
		other, ok := t.byPattern[e.Name]
		return other, ok
	}
	other, ok := t.regular[e.Name]
	return other, ok
}

// freeName returns a name for e that nobody has: with the plugin's name before it, and a
// number after it when that is taken as well.
func (t *table) freeName(e *entry) string {
	base := strings.ToLower(normalName(e.owner) + "-" + e.Name)
	candidate := *e
	candidate.Name = base
	for n := 2; ; n++ {
		if _, taken := t.named(&candidate); !taken {
			return candidate.Name
		}
		candidate.Name = fmt.Sprintf("%s-%d", base, n)
	}
}

// get returns the command with a registered name; pattern commands come last.
func (t *table) get(name string) (*entry, bool) {
	if e, ok := t.regular[name]; ok {
		return e, true
	}
	e, ok := t.byPattern[name]
	return e, ok
}

// lookup finds the regular command that text begins with, the longest name first, and
// what follows it.
func (t *table) lookup(text string) (e *entry, args string) {
	var buffer [64]byte
	name := buffer[:0]
	rest := text
	for range t.maxWords {
		word, after := cutWord(rest)
		if word == "" {
			break
		}
		if len(name) > 0 {
			name = append(name, '_')
		}
		name = append(name, word...)
		rest = after
		if found, ok := t.regular[string(name)]; ok {
			e, args = found, rest
		}
	}
	return e, args
}

// cutWord returns the first word of text and what follows the white space after it.
func cutWord(text string) (word, rest string) {
	end := strings.IndexFunc(text, unicode.IsSpace)
	if end < 0 {
		return text, ""
	}
	return text[:end], strings.TrimLeftFunc(text[end:], unicode.IsSpace)
}

// match returns what the pattern command matches in text, or nil.
func (e *entry) match(text string) [][]string {
	if e.MatchAll {
		return e.Pattern.FindAllStringSubmatch(text, -1)
	}
	if m := e.Pattern.FindStringSubmatch(text); m != nil {
		return [][]string{m}
	}
	return nil
}
