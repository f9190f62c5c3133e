package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

const (
	maxBody      = 32 << 20
	maxErrorBody = 64 << 10
	maxTrusted   = 1 << 20 // bytes set aside on the word of a Content-Length
)

// call is one request.
type call struct {
	method  string
	url     string // without the query
	query   url.Values
	body    any                 // sent as JSON; nil: none
	starts  bool                // an execution: its failure may not mean that nothing happened
	prepare func(*http.Request) // sets further headers; nil: none
}

// answer is a successful response, read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
	sent   http.Header // of the request, with the credential
}

// fault returns the error that the answer tells.
func (a *answer) fault() *APIError {
	return newAPIError(a.status, a.header, withoutCredentials(a.body, a.sent))
}

// fetch sends k as c's identity and decodes the JSON answer.
func fetch[T any](ctx context.Context, c *Client, k call) (T, error) {
	out, _, err := fetchWithHeader[T](ctx, c, k)
	return out, err
}

// fetchWithHeader is fetch for answers whose headers matter.
func fetchWithHeader[T any](ctx context.Context, c *Client, k call) (out T, h http.Header, err error) {
	ans, err := c.send(ctx, k)
	if err == nil {
		err = decode(ans, &out)
	}
	if err != nil {
		return out, nil, callError(k, err)
	}
	return out, ans.header, nil
}

// callError says which call failed, and whether it may have done its work all the same.
func callError(k call, err error) error {
	if k.starts && mayHaveStarted(err) {
		err = fmt.Errorf("%w: %w", ErrMaybeStarted, err)
	}
	return fmt.Errorf("%s %s: %w", k.method, path(k.url), err)
}

// send sends k as c's identity.
func (c *Client) send(ctx context.Context, k call) (answer, error) {
	ans, err := c.exchange(ctx, c.http, k)
	return ans, c.judge(ctx, err)
}

// judge says what an error means for the identity.
func (c *Client) judge(ctx context.Context, err error) error {
	err = c.classify(err)
	if err != nil && c.translate != nil {
		return c.translate(ctx, err)
	}
	return err
}

func (c *Client) classify(err error) error {
	switch {
	case errors.Is(err, ErrUserGone):
		// Logging in makes the user again; another token is needed in any case.
		c.id.discard()
	case errors.Is(err, ErrUnauthorized) && c.id.issue == nil:
		return fmt.Errorf("%w: %w", ErrCredentialRejected, err)
	}
	return err
}

// exchange sends k over hc and reads the whole answer, within ctx and callTimeout.
func (s *server) exchange(ctx context.Context, hc *http.Client, k call) (answer, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, callTimeout, errNoAnswer)
	defer cancel()
	resp, err := s.open(ctx, hc, k)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	return readAnswer(ctx, resp)
}

// open sends k over hc and returns the response, whatever its status, with its body
// still to be read and closed. It logs the call with the time to the response.
func (s *server) open(ctx context.Context, hc *http.Client, k call) (*http.Response, error) {
	if err := ctx.Err(); err != nil {
		return nil, &notSentError{err}
	}
	req, err := s.request(ctx, k)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	resp, err := hc.Do(req)
	if err != nil {
		err = transportError(ctx, err)
		s.logCall(ctx, k, start, "error", err)
		return nil, err
	}
	s.logCall(ctx, k, start, "status", resp.StatusCode)
	return resp, nil
}

func (s *server) logCall(ctx context.Context, k call, start time.Time, key string, outcome any) {
	if s.log.Enabled(ctx, slog.LevelDebug) {
		s.log.DebugContext(ctx, "StackStorm call", "method", k.method, "path", path(k.url),
			"duration", time.Since(start), key, outcome)
	}
}

func (s *server) request(ctx context.Context, k call) (*http.Request, error) {
	var body io.Reader
	if k.body != nil {
		text, err := json.Marshal(k.body)
		if err != nil {
			return nil, &notSentError{fmt.Errorf("encode the request: %w", err)}
		}
		body = bytes.NewReader(text)
	}
	address := k.url
	if len(k.query) > 0 {
		address += "?" + k.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, k.method, address, body)
	if err != nil {
		return nil, &notSentError{err}
	}
	req.Header.Set("User-Agent", s.userAgent)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if k.prepare != nil {
		k.prepare(req)
	}
	return req, nil
}

var errNoAnswer = fmt.Errorf("%w: no complete answer within %v", ErrUnavailable, callTimeout)

// transportError classifies the failure of a request that got no answer. The end of
// the caller's own context is the caller's affair, anything else is StackStorm's.
func transportError(ctx context.Context, err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err // the rest of its text is said by the caller
	}
	var identity *identityError
	switch cause := context.Cause(ctx); {
	case errors.As(err, &identity):
		return err // classified where it arose
	case errors.Is(cause, errNoAnswer):
		return errNoAnswer
	case cause != nil:
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// readAnswer reads resp, and turns what is not a success into an error.
func readAnswer(ctx context.Context, resp *http.Response) (answer, error) {
	ans := answer{status: resp.StatusCode, header: resp.Header}
	if resp.Request != nil { // as it was sent: the authTransport's copy
		ans.sent = resp.Request.Header
	}
	switch {
	case resp.StatusCode >= 400:
		ans.body, _ = io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
		return answer{}, ans.fault()
	case resp.StatusCode >= 300:
		return answer{}, newRedirectError(resp)
	}
	var body bytes.Buffer
	body.Grow(int(min(max(resp.ContentLength, 0), maxTrusted)) + bytes.MinRead)
	if _, err := body.ReadFrom(io.LimitReader(resp.Body, maxBody+1)); err != nil {
		return answer{}, transportError(ctx, fmt.Errorf("read the answer: %w", err))
	}
	if body.Len() > maxBody {
		return answer{}, fmt.Errorf("%w: more than %d MiB", ErrTooLarge, maxBody>>20)
	}
	ans.body = body.Bytes()
	return ans, nil
}

func newRedirectError(resp *http.Response) error {
	e := &RedirectError{Status: resp.StatusCode}
	if to, err := resp.Location(); err == nil {
		e.To = to.Scheme + "://" + to.Host
	}
	return e
}

// decode decodes a successful answer. One that is not JSON is not StackStorm's.
func decode(ans answer, out any) error {
	err := json.Unmarshal(ans.body, out)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return ans.fault()
	}
	if err != nil {
		return fmt.Errorf("understand the answer: %w", err)
	}
	return nil
}

// path returns the path of a URL the Client has built, for logs and errors.
func path(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Path
}
