// Package query reads what a request asks of a list: pages, attributes, filters.
package query

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
)

// Query is the query of a request.
type Query struct{ url.Values }

// Integer reads a parameter.
func (q Query) Integer(name string, byDefault int) (int, error) {
	if !q.Has(name) {
		return byDefault, nil
	}
	n, err := strconv.Atoi(q.Last(name))
	if err != nil {
		return 0, fault.BadRequest("Parameter \"%s\" is not of type integer", name)
	}
	return n, nil
}

// Boolean reads a parameter; absent is false.
func (q Query) Boolean(name string) (bool, error) {
	switch strings.ToLower(q.Last(name)) {
	case "true", "1", "yes", "y", "t", "on":
		return true, nil
	case "", "false", "0", "no", "n", "f", "off":
		return false, nil
	default:
		return false, fault.BadRequest("Parameter \"%s\" is not of type boolean", name)
	}
}

// Last returns a parameter; of a repeated one StackStorm sees the last.
func (q Query) Last(name string) string {
	values := q.Values[name]
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

// List reads a parameter that lists values in one, separated by commas.
func (q Query) List(name string) []string {
	var list []string
	for part := range strings.SplitSeq(q.Last(name), ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// Equals compares a value with a parameter, if that is there; "null" stands for nothing.
func (q Query) Equals(name, value string) bool {
	if !q.Has(name) {
		return true
	}
	wanted := q.Last(name)
	return wanted == value || wanted == "null" && value == ""
}

// Period reads timestamp_gt, timestamp_lt and timestamp ("from..to"): what lies after the
// first and before the second time, where they are not zero.
func (q Query) Period() (after, before time.Time, err error) {
	from, to := q.Last("timestamp_gt"), q.Last("timestamp_lt")
	if first, last, isRange := strings.Cut(q.Last("timestamp"), ".."); isRange {
		from, to = first, last
	}
	for _, x := range []struct {
		text string
		at   *time.Time
	}{{from, &after}, {to, &before}} {
		if x.text == "" {
			continue
		}
		if *x.at, err = time.Parse(time.RFC3339Nano, x.text); err != nil {
			return after, before, fault.BadRequest("Datetime value does not match expected format.")
		}
	}
	return after, before, nil
}

// IDs reads a list of ids. One that cannot be an id fails the request, an unknown one does not.
func (q Query) IDs(name string) ([]string, error) {
	ids := q.List(name)
	for _, id := range ids {
		if len(id) != 24 || strings.Trim(id, "0123456789abcdefABCDEF") != "" {
			return nil, fault.BadRequest("'%s' is not a valid ObjectId, it must be a 12-byte input or a 24-character hex string", id)
		}
	}
	return ids, nil
}
