package query_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
	"github.com/go-errbot/errbot/st2/st2test/internal/query"
)

func parse(t testing.TB, text string) query.Query {
	t.Helper()
	values, err := url.ParseQuery(text)
	require.NoError(t, err)
	return query.Query{Values: values}
}

func TestPage(t *testing.T) {
	for _, c := range []struct {
		query, admin, other string // the page's rows of 0 to 249, or the fault
	}{
		{"", "0-99", "0-99"},
		{"limit=3&offset=2", "2-4", "2-4"},
		{"limit=-1", "0-249", "Administrator access required to be able to specify limit=-1 and retrieve all the records"},
		{"limit=500", "0-249", `Limit "500" specified, maximum value is "100"`},
		{"limit=0", `Limit, "0" specified, must be a positive number or -1 for full result set.`, `Limit, "0" specified, must be a positive number or -1 for full result set.`},
		{"limit=-2", `Limit, "-2" specified, must be a positive number.`, `Limit, "-2" specified, must be a positive number.`},
		{"offset=4294967296", `Offset "4294967296" specified is more than 32-bit int`, `Offset "4294967296" specified is more than 32-bit int`},
		{"limit=x", `Parameter "limit" is not of type integer`, `Parameter "limit" is not of type integer`},
		{"offset=300", "", ""},
		{"offset=-5&limit=1", "0-0", "0-0"},
	} {
		for isAdmin, want := range map[bool]string{true: c.admin, false: c.other} {
			require.Equal(t, want, rows(parse(t, c.query), isAdmin), "%s %v", c.query, isAdmin)
		}
	}
	p, err := parse(t, "limit=-1").Page(100, true)
	require.NoError(t, err)
	require.Equal(t, http.Header{"X-Total-Count": {"7"}}, p.Header(7))
	require.Equal(t, http.Header{"X-Total-Count": {"7"}, "X-Limit": {"5"}}, query.Page{Limit: 5}.Header(7))
}

func rows(q query.Query, admin bool) string {
	p, err := q.Page(100, admin)
	if err != nil {
		return err.Error()
	}
	all := make([]int, 250)
	for i := range all {
		all[i] = i
	}
	page := query.Window(all, p)
	if len(page) == 0 {
		return ""
	}
	return pyjson.Str(page[0]) + "-" + pyjson.Str(page[len(page)-1])
}

func TestSelection(t *testing.T) {
	d := pyjson.Of("id", "1", "result", pyjson.Of("a", pyjson.Of("b", "deep")), "status", "ok")
	for text, want := range map[string]string{
		"":                                `{"id":"1","result":{"a":{"b":"deep"}},"status":"ok"}`,
		"include_attributes=result.a":     `{"id":"1","result":{"a":{"b":"deep"}}}`,
		"exclude_attributes=result,never": `{"id":"1","status":"ok"}`,
	} {
		sel, err := parse(t, text).Selection("id")
		require.NoError(t, err)
		require.Equal(t, want, string(pyjson.Encode(sel.Apply(d))))
	}
	_, err := parse(t, "include_attributes=a&exclude_attributes=b").Selection()
	require.ErrorContains(t, err, "mutually exclusive")
	require.Equal(t, "deep", query.Path(d, "result.a.b"))
	require.Empty(t, query.Path(d, "result.x.b"))
}

func TestPeriod(t *testing.T) {
	first, second := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC), time.Date(2026, 1, 3, 0, 0, 0, 0, time.UTC)
	for _, text := range []string{
		"timestamp_gt=2026-01-02T03:04:05.000006Z&timestamp_lt=2026-01-03T00:00:00Z",
		"timestamp=2026-01-02T03:04:05.000006Z..2026-01-03T00:00:00.000Z",
	} {
		after, before, err := parse(t, text).Period()
		require.NoError(t, err)
		require.Equal(t, first, after)
		require.Equal(t, second, before)
	}
	after, before, err := parse(t, "").Period()
	require.NoError(t, err)
	require.True(t, after.IsZero() && before.IsZero())
	_, _, err = parse(t, "timestamp_gt=yesterday").Period()
	require.ErrorContains(t, err, "does not match expected format")
}

func TestValues(t *testing.T) {
	q := parse(t, "b=Yes&c=nope&l=a,+b,,c&e=null&n=1&n=2")
	for name, want := range map[string]bool{"b": true, "absent": false} {
		got, err := q.Boolean(name)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := q.Boolean("c")
	require.EqualError(t, err, `Parameter "c" is not of type boolean`)
	require.Equal(t, []string{"a", "b", "c"}, q.List("l"))
	require.Equal(t, "2", q.Last("n"))
	require.True(t, q.Equals("e", "") && q.Equals("absent", "x") && q.Equals("n", "2"))
	require.False(t, q.Equals("n", "1"))
	_, err = q.IDs("l")
	require.ErrorContains(t, err, "'a' is not a valid ObjectId")
	ids, err := parse(t, "id=0123456789abcdef01234567").IDs("id")
	require.NoError(t, err)
	require.Equal(t, []string{"0123456789abcdef01234567"}, ids)
}

// FuzzQuery: whatever is asked for, a page lies within the list.
func FuzzQuery(f *testing.F) {
	f.Add("limit=3&offset=-1&id=0123456789abcdef01234567&timestamp_gt=2026-01-02T03:04:05Z", true)
	f.Add("limit=-1&include_attributes=a.b,c&show_secrets=y&timestamp=..", false)
	f.Fuzz(func(t *testing.T, text string, admin bool) {
		values, err := url.ParseQuery(text)
		if err != nil {
			return
		}
		q := query.Query{Values: values}
		if p, err := q.Page(10, admin); err == nil {
			got := query.Window(make([]struct{}, 50), p)
			require.LessOrEqual(t, len(got), 50)
			require.True(t, admin || len(got) <= 100)
		}
		d := pyjson.Of("a", pyjson.Of("b", 1), "c", "x")
		if sel, err := q.Selection("c"); err == nil {
			require.LessOrEqual(t, sel.Apply(d).Len(), 2)
		}
		query.Path(d, q.Last("filter"))
		_, _, _ = q.Period()
		ids, err := q.IDs("id")
		require.True(t, err == nil || ids == nil)
	})
}
