package st2test

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// page is the part of a list that a request asks for.
type page struct {
	limit  int // -1 is everything
	offset int
}

// integer reads a query parameter.
func (r *request) integer(name string, byDefault int) (int, error) {
	if !r.query.Has(name) {
		return byDefault, nil
	}
	n, err := strconv.Atoi(r.last(name))
	if err != nil {
		return 0, fault.BadRequest("Parameter \"%s\" is not of type integer", name)
	}
	return n, nil
}

// boolean reads a query parameter; absent is false.
func (r *request) boolean(name string) (bool, error) {
	switch strings.ToLower(r.last(name)) {
	case "true", "1", "yes", "y", "t", "on":
		return true, nil
	case "", "false", "0", "no", "n", "f", "off":
		return false, nil
	default:
		return false, fault.BadRequest("Parameter \"%s\" is not of type boolean", name)
	}
}

// last returns a query parameter; of a repeated one StackStorm sees the last.
func (r *request) last(name string) string {
	values := r.query[name]
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

// commaList reads a query parameter that lists values in one.
func (r *request) commaList(name string) []string {
	var list []string
	for part := range strings.SplitSeq(r.last(name), ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

func (r *request) page(byDefault int) (page, error) {
	limit, err := r.integer("limit", byDefault)
	if err != nil {
		return page{}, err
	}
	offset, err := r.integer("offset", 0)
	switch {
	case err != nil:
		return page{}, err
	case limit == 0:
		return page{}, fault.BadRequest("Limit, \"0\" specified, must be a positive number or -1 for full result set.")
	case limit < -1:
		return page{}, fault.BadRequest("Limit, \"%d\" specified, must be a positive number.", limit)
	case offset >= 1<<31:
		return page{}, fault.BadRequest("Offset \"%d\" specified is more than 32-bit int", offset)
	}
	return page{limit: limit, offset: max(offset, 0)}, nil
}

// window cuts the page out of a list.
func window[E any](list []E, p page) []E {
	list = list[min(p.offset, len(list)):]
	if p.limit >= 0 {
		list = list[:min(p.limit, len(list))]
	}
	return list
}

func (p page) header(total int) http.Header {
	h := http.Header{"X-Total-Count": {strconv.Itoa(total)}}
	if p.limit >= 0 {
		h.Set("X-Limit", strconv.Itoa(p.limit))
	}
	return h
}

func (p page) reply(list []*pyjson.Object) *reply {
	answer := ok(documents(window(list, p)))
	answer.header = p.header(len(list))
	return answer
}

func documents(list []*pyjson.Object) []any {
	values := make([]any, len(list))
	for i := range list {
		values[i] = list[i]
	}
	return values
}

// selection is include_attributes or exclude_attributes.
type selection struct {
	include, exclude []string
}

// selection reads both parameters. include also keeps what always is there.
func (r *request) selection(always ...string) (selection, error) {
	sel := selection{include: r.commaList("include_attributes"), exclude: r.commaList("exclude_attributes")}
	if sel.include != nil && sel.exclude != nil {
		return sel, fault.BadRequest("exclude_fields and include_fields arguments are mutually exclusive. " +
			"You need to provide either one or another, but not both.")
	}
	if sel.include != nil {
		sel.include = append(sel.include, always...)
	}
	return sel, nil
}

// apply returns the selected keys of a document. A dotted name selects its first part.
func (sel selection) apply(o *pyjson.Object) *pyjson.Object {
	if sel.include == nil && sel.exclude == nil {
		return o
	}
	out := pyjson.Of()
	for _, k := range o.Keys() {
		named := func(list []string) bool {
			return slices.ContainsFunc(list, func(n string) bool { return n == k || strings.HasPrefix(n, k+".") })
		}
		if sel.include != nil && named(sel.include) || sel.exclude != nil && !named(sel.exclude) {
			out.Set(k, o.Get(k))
		}
	}
	return out
}
