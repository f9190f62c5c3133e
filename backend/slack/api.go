package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/go-errbot/errbot/backend"
)

var errNotConnected = errors.New("slack: not connected")

const (
	callTimeout  = 2 * time.Minute // of one request, with its body
	responseSize = 64 << 20        // bytes of an answer that are read
)

// bounded is a transport whose answers are bounded.
type bounded struct{ *http.Transport }

// RoundTrip implements [http.RoundTripper].
func (t bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.Transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, responseSize), resp.Body}
	return resp, nil
}

// call makes a call whose answer repeats what people wrote: the module's own calls fail when
// that has a form that they do not expect, although Slack has done what was asked.
func (b *Backend) call(ctx context.Context, method string, v url.Values, answer interface{ Err() error }) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, b.options.APIURL+method, strings.NewReader(v.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "Bearer "+b.options.Token.Reveal())
	resp, err := b.http.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusTooManyRequests:
		seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		return &slack.RateLimitedError{RetryAfter: time.Duration(seconds) * time.Second}
	default:
		return slack.StatusCodeError{Code: resp.StatusCode, Status: resp.Status}
	}
	if err := json.NewDecoder(resp.Body).Decode(answer); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	return answer.Err()
}

// callError is a request that Slack did not grant.
type callError struct {
	what string
	code string // Slack's name for what is wrong; empty when it did not say
	err  error
}

// Error implements error.
func (e *callError) Error() string { return fmt.Sprintf("slack: %s: %v", e.what, e.err) }

// Unwrap returns the cause.
func (e *callError) Unwrap() error { return e.err }

// check returns nil for a call that was granted, and otherwise an error with its kind: what
// can be tried again is a *[backend.RetryableError], and what is not there wraps
// [backend.ErrUnknown].
func check(ctx context.Context, what string, err error) error {
	if err == nil {
		return nil
	}
	call := &callError{what: what, err: withoutURL(err)}
	var said slack.SlackErrorResponse
	var limited *slack.RateLimitedError
	var status slack.StatusCodeError
	switch {
	case ctx.Err() != nil:
		call.err = ctx.Err()
		return call
	case errors.As(err, &limited):
		return &backend.RetryableError{Err: call, After: min(max(limited.RetryAfter, time.Second), time.Hour)}
	case errors.As(err, &status):
		if status.Code < http.StatusInternalServerError && status.Code != http.StatusRequestTimeout {
			return call
		}
	case errors.As(err, &said):
		call.code = said.Err
		if said.Needed != "" {
			call.err = fmt.Errorf("%w: the app needs the scope %s", err, said.Needed)
		}
		return kind(call)
	}
	return &backend.RetryableError{Err: call}
}

// kind returns an error that Slack has a name for with what the name says.
func kind(call *callError) error {
	switch call.code {
	case "channel_not_found", "user_not_found", "users_not_found", "user_not_visible", "message_not_found", "file_not_found":
		call.err = fmt.Errorf("%w: %w", backend.ErrUnknown, call.err)
	case "ratelimited", "rate_limited":
		return &backend.RetryableError{Err: call, After: time.Second}
	case "internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org":
		return &backend.RetryableError{Err: call}
	}
	return call
}

// withoutURL returns what went wrong in a request without its address, which may have a
// secret in it.
func withoutURL(err error) error {
	var request *url.Error
	if errors.As(err, &request) {
		return request.Err
	}
	return err
}

// code returns Slack's name for what went wrong, or "".
func code(err error) string {
	var call *callError
	if errors.As(err, &call) {
		return call.code
	}
	return ""
}

// isRefusal reports whether a code says that the tokens will not do, now or later.
func isRefusal(code string) bool {
	switch code {
	case "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "no_permission",
		"missing_scope", "not_allowed_token_type", "org_login_required", "ekm_access_denied", "access_denied",
		"team_access_not_granted", "enterprise_is_restricted", "two_factor_setup_required", "app_missing_action_url":
		return true
	}
	return false
}

// patiently makes a call again for as long as Slack's rate limit asks to wait.
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
