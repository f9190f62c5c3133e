package matrix

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"maunium.net/go/mautrix"

	"github.com/go-errbot/errbot/backend"
)

var errNotConnected = errors.New("matrix: not connected")

// callError is a request that the server did not grant.
type callError struct {
	what   string
	status int // 0 when there was no answer
	err    error
}

// Error implements error.
func (e *callError) Error() string { return fmt.Sprintf("matrix: %s: %v", e.what, e.err) }

// Unwrap returns the cause.
func (e *callError) Unwrap() error { return e.err }

// check returns nil for a call that was granted, and otherwise an error with its kind: what
// can be tried again is a *[backend.RetryableError], and what is not there wraps
// [backend.ErrUnknown].
func check(what string, err error) error {
	if err == nil {
		return nil
	}
	call := &callError{what: what, err: err}
	var header http.Header
	var answer mautrix.HTTPError
	if errors.As(err, &answer) {
		if answer.Response != nil {
			call.status, header = answer.Response.StatusCode, answer.Response.Header
		}
		if answer.WrappedError != nil {
			call.err = withoutURL(answer.WrappedError)
		}
	}
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return call
	case call.status == http.StatusTooManyRequests:
		return &backend.RetryableError{Err: call, After: retryAfter(answer.RespError, header)}
	case call.status == http.StatusNotFound:
		call.err = fmt.Errorf("%w: %w", backend.ErrUnknown, call.err)
	case call.status == 0, call.status == http.StatusUnauthorized, call.status >= http.StatusInternalServerError:
		return &backend.RetryableError{Err: call}
	}
	return call
}

// withoutURL leaves the address out of what Go's client says: it is long and tells nothing.
func withoutURL(err error) error {
	var request *url.Error
	if errors.As(err, &request) {
		return request.Err
	}
	return err
}

// retryAfter returns how long a limited caller is to wait: older servers say it in the body,
// in milliseconds, and newer ones in the header.
func retryAfter(answer *mautrix.RespError, h http.Header) time.Duration {
	const longest = time.Hour
	wait := time.Second
	if seconds, err := strconv.Atoi(h.Get("Retry-After")); err == nil {
		wait = time.Duration(min(max(seconds, 0), 3600)) * time.Second
	} else if answer != nil {
		if ms, ok := answer.ExtraData["retry_after_ms"].(float64); ok {
			wait = time.Duration(min(max(ms, 0), float64(longest/time.Millisecond))) * time.Millisecond
		}
	}
	return max(wait, 100*time.Millisecond)
}

// status returns the HTTP status that err came from, or 0.
func status(err error) int {
	var call *callError
	if errors.As(err, &call) {
		return call.status
	}
	return 0
}

// mayPass reports whether what failed can be tried again.
func mayPass(err error) bool {
	var again *backend.RetryableError
	return errors.As(err, &again)
}

// cause returns what the server said, without our words around it.
func cause(err error) error {
	var call *callError
	if errors.As(err, &call) {
		return call.err
	}
	return err
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
