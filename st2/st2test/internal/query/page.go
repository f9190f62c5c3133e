package query

import (
	"net/http"
	"strconv"

	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
)

// longestPage is how many rows one who is no administrator gets at most.
const longestPage = 100

// Page is the part of a list that a request asks for.
type Page struct {
	Limit  int // -1 is everything
	Offset int
}

// Page reads limit and offset. Only administrators may ask for more than 100 rows.
func (q Query) Page(byDefault int, admin bool) (Page, error) {
	limit, err := q.Integer("limit", byDefault)
	if err != nil {
		return Page{}, err
	}
	offset, err := q.Integer("offset", 0)
	switch {
	case err != nil:
		return Page{}, err
	case limit > longestPage && !admin:
		return Page{}, fault.Forbidden("Limit \"%d\" specified, maximum value is \"%d\"", limit, longestPage)
	case limit == -1 && !admin:
		return Page{}, fault.Forbidden("Administrator access required to be able to specify limit=-1 and retrieve all the records")
	case limit == 0:
		return Page{}, fault.BadRequest("Limit, \"0\" specified, must be a positive number or -1 for full result set.")
	case limit < -1:
		return Page{}, fault.BadRequest("Limit, \"%d\" specified, must be a positive number.", limit)
	case offset >= 1<<31:
		return Page{}, fault.BadRequest("Offset \"%d\" specified is more than 32-bit int", offset)
	}
	return Page{Limit: limit, Offset: max(offset, 0)}, nil
}

// Window cuts the page out of a list.
func Window[E any](list []E, p Page) []E {
	list = list[min(p.Offset, len(list)):]
	if p.Limit >= 0 {
		list = list[:min(p.Limit, len(list))]
	}
	return list
}

// Header says how many rows there are in all, and the limit in force.
func (p Page) Header(total int) http.Header {
	h := http.Header{"X-Total-Count": {strconv.Itoa(total)}}
	if p.Limit >= 0 {
		h.Set("X-Limit", strconv.Itoa(p.Limit))
	}
	return h
}
