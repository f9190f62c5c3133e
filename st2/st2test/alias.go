package st2test

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/go-errbot/errbot/st2/st2test/internal/aliasformat"
	"github.com/go-errbot/errbot/st2/st2test/internal/ident"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// Alias is an action alias: a chat command. Keys that are not set are sent as {}.
type Alias struct {
	Pack, Name  string
	Description string
	ActionRef   string // need not exist until the alias runs
	Formats     []Format
	Ack         map[string]any // enabled, format, append_url, extra
	Result      map[string]any // enabled, format, extra
	Extra       map[string]any
	Immutable   map[string]any // parameters the user cannot give; texts are templates
	Disabled    bool
	// Undescribed sends no description at all, instead of an empty one: StackStorm then
	// fails to answer help.
	Undescribed bool
	// Demo withdraws the alias when one with the same name or an equal representation is
	// registered over the API, so that a demonstration is never in a tester's way.
	Demo bool
}

// Format is one way to write a command. Either Text is set, which is displayed and
// matched, or the others.
type Format struct {
	Text           string
	Display        string   // "" is none: not in the help
	Representation []string // what is matched
	MatchMultiple  bool     // one execution for every place that matches
}

// alias is a registered alias: its document and what matching needs of it.
type alias struct {
	id       string
	pack     string
	name     string
	action   string
	enabled  bool
	demo     bool
	document *pyjson.Object
	formats  []pattern
}

// pattern is one representation of a format.
type pattern struct {
	display        any // string or nil
	representation string
	multiple       bool
	bare           bool // a display without a representation
	compiled       *aliasformat.Format
	broken         error // instead of compiled
}

func (a *alias) ref() string { return a.pack + "." + a.name }

// multiple reports whether the alias belongs to the second pass of matching.
func (a *alias) multiple() bool {
	return slices.ContainsFunc(a.formats, func(p pattern) bool { return p.multiple })
}

type aliases struct {
	mu   sync.RWMutex
	list []*alias // in the order of registration
}

func (a *aliases) snapshot() []*alias {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return slices.Clone(a.list)
}

// sorted returns the aliases by pack and name.
func (a *aliases) sorted() []*alias {
	list := a.snapshot()
	slices.SortStableFunc(list, func(x, y *alias) int {
		return cmp.Or(cmp.Compare(x.pack, y.pack), cmp.Compare(x.name, y.name))
	})
	return list
}

func (a *aliases) find(refOrID string) *alias {
	return a.first(func(x *alias) bool { return x.id == refOrID || x.ref() == refOrID })
}

func (a *aliases) first(is func(*alias) bool) *alias {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if i := slices.IndexFunc(a.list, is); i >= 0 {
		return a.list[i]
	}
	return nil
}

// add registers an alias, and reports false when its pack has one of that name.
func (a *aliases) add(added *alias) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if slices.ContainsFunc(a.list, func(x *alias) bool { return x.ref() == added.ref() }) {
		return false
	}
	a.list = append(a.list, added)
	return true
}

// replace puts a changed alias in the place of the one with its id.
func (a *aliases) replace(changed *alias) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if i := slices.IndexFunc(a.list, func(x *alias) bool { return x.id == changed.id }); i >= 0 {
		a.list[i] = changed
	}
}

func (a *aliases) remove(gone *alias) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.list = slices.DeleteFunc(a.list, func(x *alias) bool { return x.id == gone.id })
}

// shadowed returns the demo aliases that have the name of an alias, or that share a
// representation with it, whatever their parameters are called.
func (a *aliases) shadowed(by *alias) []*alias {
	var list []*alias
	for _, x := range a.snapshot() {
		if x.demo && x.id != by.id && (x.ref() == by.ref() || x.looksLike(by)) {
			list = append(list, x)
		}
	}
	return list
}

// looksLike reports whether two aliases have a representation in common.
func (a *alias) looksLike(other *alias) bool {
	return slices.ContainsFunc(a.formats, func(p pattern) bool {
		return slices.ContainsFunc(other.formats, func(q pattern) bool { return p.shape() == q.shape() })
	})
}

// shape is the representation without the names of its parameters.
func (p pattern) shape() string {
	var shape strings.Builder
	rest := p.representation
	for {
		before, parameter, found := strings.Cut(rest, "{{")
		shape.WriteString(before)
		if !found {
			return shape.String()
		}
		_, rest, _ = strings.Cut(parameter, "}}")
		shape.WriteString("{{}}")
	}
}

// AddAlias registers an alias, in place of one with the same pack and name.
func (s *Server) AddAlias(a Alias) {
	document := pyjson.Of("name", a.Name, "pack", a.Pack, "action_ref", a.ActionRef,
		"formats", formatDocuments(a.Formats), "enabled", !a.Disabled)
	if !a.Undescribed {
		document.Set("description", a.Description)
	}
	for key, m := range map[string]map[string]any{"ack": a.Ack, "result": a.Result, "extra": a.Extra, "immutable_parameters": a.Immutable} {
		document.Set(key, mustDocument(m))
	}
	added := newAlias(ident.ObjectID(), document)
	added.demo = a.Demo
	if old := s.aliases.find(added.ref()); old != nil {
		s.aliases.remove(old)
	}
	s.aliases.add(added)
	s.publishAlias("create", added)
}

// RemoveAlias removes an alias by its reference "pack.name"; an unknown one is no error.
func (s *Server) RemoveAlias(ref string) {
	if a := s.aliases.find(ref); a != nil {
		s.aliases.remove(a)
		s.publishAlias("delete", a)
	}
}

// mustDocument makes a document of a map that a caller's Go code wrote. It panics on
// what JSON cannot hold: that is a mistake in that code.
func mustDocument(m map[string]any) *pyjson.Object {
	if m == nil {
		return pyjson.Of()
	}
	v, err := pyjson.From(m)
	if err != nil {
		panic(err)
	}
	return v.(*pyjson.Object)
}

func formatDocuments(formats []Format) []any {
	list := make([]any, len(formats))
	for i, f := range formats {
		if f.Text != "" {
			list[i] = f.Text
			continue
		}
		o := pyjson.Of()
		if f.Display != "" {
			o.Set("display", f.Display)
		}
		if f.Representation != nil {
			representations := make([]any, len(f.Representation))
			for j := range f.Representation {
				representations[j] = f.Representation[j]
			}
			o.Set("representation", representations)
		}
		if f.MatchMultiple {
			o.Set("match_multiple", true)
		}
		list[i] = o
	}
	return list
}

// newAlias makes an alias of a body that was checked.
func newAlias(id string, body *pyjson.Object) *alias {
	a := &alias{id: id, pack: body.Text("pack"), name: body.Text("name"), action: body.Text("action_ref"), enabled: true}
	if enabled, given := body.Get("enabled").(bool); given {
		a.enabled = enabled
	}
	formats, _ := body.Get("formats").([]any)
	a.document = pyjson.Of("uid", "action_alias:"+a.pack+":"+a.name, "metadata_file", body.Text("metadata_file"),
		"name", a.name, "ref", a.ref())
	if description, given := body.Get("description").(string); given {
		a.document.Set("description", description)
	}
	for _, pair := range []struct {
		key   string
		value any
	}{
		{"pack", a.pack}, {"enabled", a.enabled}, {"action_ref", a.action}, {"formats", formats},
		{"ack", objectOrEmpty(body, "ack")}, {"result", objectOrEmpty(body, "result")}, {"extra", objectOrEmpty(body, "extra")},
		{"immutable_parameters", objectOrEmpty(body, "immutable_parameters")}, {"id", id},
	} {
		a.document.Set(pair.key, pair.value)
	}
	a.formats = patterns(formats)
	return a
}

func objectOrEmpty(o *pyjson.Object, key string) *pyjson.Object {
	if v := o.Object(key); v != nil {
		return v
	}
	return pyjson.Of()
}

func patterns(formats []any) []pattern {
	var list []pattern
	add := func(p pattern) {
		p.compiled, p.broken = aliasformat.Compile(p.representation)
		list = append(list, p)
	}
	for _, f := range formats {
		switch f := f.(type) {
		case string:
			add(pattern{display: f, representation: f})
		case *pyjson.Object:
			multiple, _ := f.Get("match_multiple").(bool)
			representations, _ := f.Get("representation").([]any)
			for _, r := range representations {
				add(pattern{display: f.Get("display"), representation: pyjson.Str(r), multiple: multiple})
			}
			if len(representations) == 0 && f.Get("display") != nil {
				add(pattern{display: f.Get("display"), multiple: multiple, bare: true})
			}
		}
	}
	return list
}
