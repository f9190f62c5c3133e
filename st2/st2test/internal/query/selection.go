package query

import (
	"slices"
	"strings"

	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// Selection is include_attributes or exclude_attributes.
type Selection struct {
	Include, Exclude []string
}

// Selection reads both parameters. Include also keeps what always is there.
func (q Query) Selection(always ...string) (Selection, error) {
	sel := Selection{Include: q.List("include_attributes"), Exclude: q.List("exclude_attributes")}
	if sel.Include != nil && sel.Exclude != nil {
		return sel, fault.BadRequest("exclude_fields and include_fields arguments are mutually exclusive. " +
			"You need to provide either one or another, but not both.")
	}
	if sel.Include != nil {
		sel.Include = append(sel.Include, always...)
	}
	return sel, nil
}

// Apply returns the selected keys of a document. A dotted name selects its first part.
func (sel Selection) Apply(o *pyjson.Object) *pyjson.Object {
	if sel.Include == nil && sel.Exclude == nil {
		return o
	}
	out := pyjson.Of()
	for _, k := range o.Keys() {
		named := func(list []string) bool {
			return slices.ContainsFunc(list, func(n string) bool { return n == k || strings.HasPrefix(n, k+".") })
		}
		if sel.Include != nil && named(sel.Include) || sel.Exclude != nil && !named(sel.Exclude) {
			out.Set(k, o.Get(k))
		}
	}
	return out
}

// Path is the text at a dotted path of a document: what filter=a.b:text compares.
func Path(o *pyjson.Object, path string) string {
	first, rest, deeper := strings.Cut(path, ".")
	if deeper {
		return Path(o.Object(first), rest)
	}
	if v, given := o.Lookup(first); given {
		return pyjson.Str(v)
	}
	return ""
}
