package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// StackStorm refuses larger pages, and the unlimited one, to ordinary users.
const pageSize = 100

// page is one page of a list.
type page[T any] struct {
	items []T
	total int // of all pages, as X-Total-Count says; -1: not said
	size  int // elements in the answer, also those that could not be read
	date  time.Time
}

// fetchPage reads one page. An element that does not decode is left out and logged:
// one strange document must not hide all others.
func fetchPage[T any](ctx context.Context, c *Client, k call) (page[T], error) {
	raw, h, err := fetchWithHeader[[]json.RawMessage](ctx, c, k)
	if err != nil {
		return page[T]{}, err
	}
	p := page[T]{items: make([]T, 0, len(raw)), total: -1, size: len(raw)}
	for _, text := range raw {
		var item T
		if err := json.Unmarshal(text, &item); err != nil {
			c.log.Warn("StackStorm list: an element was left out", "path", path(k.url), "error", err)
			continue
		}
		p.items = append(p.items, item)
	}
	p.date, _ = http.ParseTime(h.Get("Date")) // zero when it does not say
	if total, err := strconv.Atoi(h.Get("X-Total-Count")); err == nil {
		p.total = total
	}
	return p, nil
}

// fetchAll reads page after page, to at most limit elements. Where permissions hide
// rows, pages are short but the total counts them: only the total tells the end.
func fetchAll[T any](ctx context.Context, c *Client, address string, query url.Values, limit int) ([]T, error) {
	var all []T
	query.Set("limit", strconv.Itoa(pageSize))
	for offset := 0; offset < limit; offset += pageSize {
		query.Set("offset", strconv.Itoa(offset))
		p, err := fetchPage[T](ctx, c, call{method: http.MethodGet, url: address, query: query})
		if err != nil {
			return nil, err
		}
		all = append(all, p.items...)
		end := p.size < pageSize
		if p.total >= 0 {
			end = offset+pageSize >= p.total
		}
		if end {
			return all, nil
		}
	}
	c.log.Warn("StackStorm list: too long, the rest is left out", "path", path(address), "read", len(all))
	return all, nil
}
