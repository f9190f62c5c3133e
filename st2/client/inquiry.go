package client

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// The ways in which an inquiry cannot be answered, for [errors.Is]. Not to be permitted
// to answer it is [ErrForbidden].
var (
	// ErrInquiryClosed: the inquiry was answered or ran out of time. StackStorm says so
	// also for a moment before an inquiry can be answered.
	ErrInquiryClosed = errors.New("the inquiry is not open")
	// ErrNotInquiry: the execution by that id is no inquiry.
	ErrNotInquiry = errors.New("the execution is not an inquiry")
	// ErrResponseInvalid: the response does not fit the inquiry's schema.
	ErrResponseInvalid = errors.New("the response does not fit the inquiry")
)

// InquirerRunner is the runner of executions that are inquiries, as st2 3.10dev names it.
const InquirerRunner = "inquirer"

// Inquiry is a question that a workflow has asked and waits to have answered. It is an
// execution: its workflow and age are found under the same id with [Client.Execution].
type Inquiry struct {
	ID    string `json:"id"` // of the execution
	Route string `json:"route"`
	// TTL is in minutes. StackStorm ends no inquiry unless its garbage collector is
	// configured to.
	TTL int `json:"ttl"`
	// Users and Roles are who may answer: users of StackStorm, not of the chat. An empty
	// list lets everybody. Without RBAC the roles count for nothing.
	Users []string `json:"users"`
	Roles []string `json:"roles"`
	// Schema is the JSON schema of the response, in a dialect: of draft 4, but required
	// is a boolean of each property, and secret and position may occur. With required
	// as draft 4 has it, a list, StackStorm refuses every response.
	Schema json.RawMessage `json:"schema"`
}

// Inquiries returns the inquiries that are open, at most 100; total says how many there
// are, -1 where StackStorm does not: this list cannot be paged. Those of canceled workflows stay in this list for
// good.
func (c *Client) Inquiries(ctx context.Context) (list []Inquiry, total int, err error) {
	query := url.Values{"limit": {strconv.Itoa(pageSize)}}
	p, err := fetchPage[Inquiry](ctx, c, call{method: http.MethodGet, url: c.apiURL + "/inquiries", query: query})
	return p.items, p.total, err
}

// Inquiry returns one inquiry that is open. The error is [ErrNotFound], [ErrNotInquiry]
// or [ErrInquiryClosed] when there is none by that id.
func (c *Client) Inquiry(ctx context.Context, id string) (Inquiry, error) {
	return fetch[Inquiry](ctx, c, call{method: http.MethodGet, url: c.inquiryURL(id)})
}

// Respond answers an inquiry, and its workflow goes on. The response is an object with a
// value for each property of the schema; StackStorm converts no types, and keeps the
// response without the schema's defaults. Besides the errors of [Client.Inquiry] it may be
// [ErrForbidden] and [ErrResponseInvalid].
//
// StackStorm's answer repeats the response with its secrets; it is not kept.
func (c *Client) Respond(ctx context.Context, id string, response map[string]json.RawMessage) error {
	if response == nil {
		response = map[string]json.RawMessage{}
	}
	_, err := fetch[json.RawMessage](ctx, c, call{
		method: http.MethodPut, url: c.inquiryURL(id),
		body: map[string]any{"id": id, "response": response},
	})
	return err
}

func (c *Client) inquiryURL(id string) string { return c.apiURL + "/inquiries/" + url.PathEscape(id) }

// isInquiryFault tells the class of an error about an inquiry.
func (e *APIError) isInquiryFault(target error) bool {
	if e.Status != http.StatusBadRequest {
		return false
	}
	switch {
	case errors.Is(target, ErrInquiryClosed):
		return strings.HasPrefix(e.Fault, `Inquiry "`) &&
			(strings.HasSuffix(e.Fault, " has already been responded to.") || strings.HasSuffix(e.Fault, " timed out and cannot be responded to."))
	case errors.Is(target, ErrNotInquiry):
		return strings.HasPrefix(e.Fault, `Action execution "`) && strings.HasSuffix(e.Fault, " is not an inquiry.")
	case errors.Is(target, ErrResponseInvalid):
		return strings.HasPrefix(e.Fault, `Response for inquiry "`)
	}
	return false
}
