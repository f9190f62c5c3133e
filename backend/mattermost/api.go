package mattermost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/mattermost/mattermost-server/v6/model"

	"github.com/go-errbot/errbot/backend"
)

var errNotConnected = errors.New("mattermost: not connected")

const (
	callTimeout  = 2 * time.Minute // of one request, with its body
	responseSize = 64 << 20        // bytes of an answer that are read
)

// api returns the server's interface for calls that end with ctx. Calls of the model's
// client take no context of their own.
func (b *Backend) api(ctx context.Context) *model.Client4 {
	c := model.NewAPIv4Client(b.options.Server)
	c.HTTPClient = &http.Client{
		Transport: bound{ctx, b.transport},
		Timeout:   callTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // a redirected POST becomes a GET
		},
	}
	if token := b.known().token; token != "" {
		c.SetToken(token)
	}
	return c
}

// bound is a transport whose requests end with ctx and whose answers are bounded.
type bound struct {
	ctx  context.Context
	next http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (t bound) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	stop := context.AfterFunc(t.ctx, func() { cancel(t.ctx.Err()) })
	resp, err := t.next.RoundTrip(r.WithContext(ctx))
	if err != nil {
		stop()
		cancel(nil)
		if t.ctx.Err() != nil {
			return nil, t.ctx.Err()
		}
		return nil, err
	}
	resp.Body = &boundBody{io.LimitReader(resp.Body, responseSize), resp.Body, func() { stop(); cancel(nil) }}
	return resp, nil
}

// boundBody ends its request when it is closed.
type boundBody struct {
	io.Reader
	body io.Closer
	end  func()
}

// Close implements [io.Closer].
func (b *boundBody) Close() error {
	defer b.end()
	return b.body.Close()
}

// callError is a request that the server did not grant.
type callError struct {
	what   string
	status int // 0 when there was no answer
	id     string
	err    error
}

// Error implements error.
func (e *callError) Error() string {
	if e.status == 0 {
		return fmt.Sprintf("mattermost: %s: %v", e.what, e.err)
	}
	return fmt.Sprintf("mattermost: %s: status %d: %v", e.what, e.status, e.err)
}

// Unwrap returns the cause.
func (e *callError) Unwrap() error { return e.err }

// check returns nil for a call that was granted, and otherwise an error with its kind: what
// can be tried again is a *[backend.RetryableError], and what is not there wraps
// [backend.ErrUnknown].
func check(what string, r *model.Response, err error) error {
	if err == nil {
		return nil
	}
	call := &callError{what: what, err: err}
	if r != nil {
		call.status = r.StatusCode
	}
	var app *model.AppError
	if errors.As(err, &app) {
		call.id, call.err = app.Id, errors.New(app.Message)
	}
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return call
	case call.status == http.StatusNotFound:
		call.err = fmt.Errorf("%w: %w", backend.ErrUnknown, call.err)
	case call.status == http.StatusTooManyRequests:
		return &backend.RetryableError{Err: call, After: retryAfter(r.Header)}
	case call.status == 0, call.status == http.StatusUnauthorized, call.status >= 500:
		return &backend.RetryableError{Err: call}
	}
	return call
}

// retryAfter returns how long a limited caller is to wait. Mattermost says it in seconds,
// in both headers.
func retryAfter(h http.Header) time.Duration {
	for _, name := range []string{"Retry-After", "X-RateLimit-Reset"} {
		if seconds, err := strconv.Atoi(h.Get(name)); err == nil && seconds >= 0 && seconds <= 3600 {
			return max(time.Duration(seconds)*time.Second, 100*time.Millisecond)
		}
	}
	return time.Second
}

// status returns the HTTP status that err came from, or 0.
func status(err error) int {
	var call *callError
	if errors.As(err, &call) {
		return call.status
	}
	return 0
}

// patiently makes a call again for as long as the server's rate limit asks to wait.
func patiently(ctx context.Context, call func() error) error {
	for {
		err := call()
		var again *backend.RetryableError
		if !errors.As(err, &again) || again.After == 0 {
			return err
		}
		wait := time.NewTimer(again.After)
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return ctx.Err()
		}
	}
}
