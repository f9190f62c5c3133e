package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// timestampFormat is how StackStorm writes and reads times.
const timestampFormat = "2006-01-02T15:04:05.000000Z"

// ExecuteRequest starts an action without an alias. Text parameters that look like
// templates are evaluated.
type ExecuteRequest struct {
	Action     string         `json:"action"` // "pack.name"
	Parameters map[string]any `json:"parameters,omitempty"`
}

// Execute starts an action. It is never repeated; see [ErrMaybeStarted].
func (c *Client) Execute(ctx context.Context, r ExecuteRequest) (Execution, error) {
	return fetch[Execution](ctx, c, call{
		method: http.MethodPost, url: c.apiURL + "/executions",
		body: r, starts: true,
	})
}

// Execution returns one execution. attributes, such as "status" and "result", limit
// the answer to these; the id always comes along.
func (c *Client) Execution(ctx context.Context, id string, attributes ...string) (Execution, error) {
	query := url.Values{}
	setText(query, "include_attributes", strings.Join(attributes, ","))
	return fetch[Execution](ctx, c, call{method: http.MethodGet, url: c.executionURL(id), query: query})
}

// ExecutionQuery selects executions; empty fields do not restrict.
type ExecutionQuery struct {
	// IDs selects these; unknown ones are left out of the answer, and a malformed one
	// fails it. A list that is empty but not nil selects none.
	IDs    []string
	Runner string
	Action string // "pack.name"
	Status Status
	User   string // the StackStorm user
	Parent string
	// After and Before bound the start time, both exclusive.
	After, Before time.Time
	// NewestFirst orders by start time. The server's default is newest first too,
	// but oldest first with After.
	NewestFirst bool
	// Limit is at most 100, which is also what 0 means.
	Limit, Offset int
	// Include and Exclude limit the attributes; not both.
	Include, Exclude []string
}

func (q *ExecutionQuery) values() url.Values {
	v := url.Values{}
	setText(v, "id", strings.Join(q.IDs, ","))
	setText(v, "runner", q.Runner)
	setText(v, "action", q.Action)
	setText(v, "status", string(q.Status))
	setText(v, "user", q.User)
	setText(v, "parent", q.Parent)
	setTime(v, "timestamp_gt", q.After)
	setTime(v, "timestamp_lt", q.Before)
	setText(v, "include_attributes", strings.Join(q.Include, ","))
	setText(v, "exclude_attributes", strings.Join(q.Exclude, ","))
	if q.NewestFirst {
		v.Set("sort_desc", "1")
	}
	v.Set("limit", strconv.Itoa(q.size()))
	if q.Offset > 0 {
		v.Set("offset", strconv.Itoa(q.Offset))
	}
	return v
}

// size is how many elements a page has.
func (q *ExecutionQuery) size() int {
	if q.Limit <= 0 || q.Limit > pageSize {
		return pageSize
	}
	return q.Limit
}

func setTime(query url.Values, key string, t time.Time) {
	if !t.IsZero() {
		query.Set(key, t.UTC().Format(timestampFormat))
	}
}

// ExecutionPage is a part of a list of executions.
type ExecutionPage struct {
	Executions []Execution
	// Total counts all that the query selects, also those the user may not see and
	// that are therefore missing from Executions; -1 when the server does not say.
	Total int
	// More reports whether further pages follow, as far as the server says.
	More bool
	// Date is StackStorm's clock when it answered, in whole seconds; zero when it does
	// not say.
	Date time.Time
}

// Executions returns one page of executions. An element that cannot be read is left
// out and logged.
func (c *Client) Executions(ctx context.Context, q ExecutionQuery) (ExecutionPage, error) {
	if q.IDs != nil && len(q.IDs) == 0 {
		return ExecutionPage{}, nil
	}
	p, err := fetchPage[Execution](ctx, c, call{method: http.MethodGet, url: c.apiURL + "/executions", query: q.values()})
	if err != nil {
		return ExecutionPage{}, err
	}
	more := p.size == q.size()
	if p.total >= 0 {
		more = q.Offset+q.size() < p.total
	}
	return ExecutionPage{Executions: p.items, Total: p.total, More: more, Date: p.date}, nil
}

// Cancel cancels an execution and returns it, canceling or canceled. The error is
// [ErrNotCancelable] when its state does not allow that, which StackStorm says with
// status 200.
func (c *Client) Cancel(ctx context.Context, id string) (Execution, error) {
	k := call{method: http.MethodDelete, url: c.executionURL(id)}
	raw, h, err := fetchWithHeader[json.RawMessage](ctx, c, k)
	if err != nil {
		return Execution{}, err
	}
	if object(raw)["faultstring"] != nil {
		return Execution{}, callError(k, newAPIError(http.StatusOK, h, raw))
	}
	var e Execution
	if err := json.Unmarshal(raw, &e); err != nil {
		return Execution{}, callError(k, err)
	}
	return e, nil
}

// ReRun starts an execution again and returns the new one; parameters replace those
// of the first by name. The new one is not a chat command: its result is not
// announced. It is never repeated; see [ErrMaybeStarted].
func (c *Client) ReRun(ctx context.Context, id string, parameters map[string]any) (Execution, error) {
	body := map[string]any{}
	if len(parameters) > 0 {
		body["parameters"] = parameters
	}
	return fetch[Execution](ctx, c, call{
		method: http.MethodPost, url: c.executionURL(id) + "/re_run",
		body: body, starts: true,
	})
}

// Output returns all that the execution has printed so far, at most 32 MiB.
func (c *Client) Output(ctx context.Context, id string) (string, error) {
	k := call{method: http.MethodGet, url: c.executionURL(id) + "/output"}
	ans, err := c.send(ctx, k)
	if err != nil {
		return "", callError(k, err)
	}
	return string(ans.body), nil
}

func (c *Client) executionURL(id string) string {
	return c.apiURL + "/executions/" + url.PathEscape(id)
}

// Children returns the executions that an execution has started, those of a workflow's
// tasks, in the order of their start.
func (c *Client) Children(ctx context.Context, id string) ([]Execution, error) {
	return fetch[[]Execution](ctx, c, call{method: http.MethodGet, url: c.executionURL(id) + "/children"})
}
