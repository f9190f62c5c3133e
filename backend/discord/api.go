package discord

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/bwmarrin/discordgo"

	"github.com/go-errbot/errbot/backend"
)

var errNotConnected = errors.New("discord: not connected")

const callTimeout = 2 * time.Minute // of one request, with its body

// Codes of Discord's errors that discordgo has no names for.
const (
	codeThreadExists    = 160004
	codeUnknownReaction = 10014 // "Unknown Emoji", which it says of one that is not there
)

// newREST returns discordgo's client for requests alone.
func newREST(token string, transport http.RoundTripper) *discordgo.Session {
	s, _ := discordgo.New("Bot " + token) // its error is always nil
	s.Client = &http.Client{Transport: transport, Timeout: callTimeout}
	s.ShouldRetryOnRateLimit = false
	s.MaxRestRetries = 0
	return s
}

// callError is a request that Discord did not grant. It does not keep discordgo's error,
// which holds the request with its token.
type callError struct {
	what   string
	status int // 0 when there was no answer
	code   int // Discord's own
	err    error
}

// Error implements error.
func (e *callError) Error() string {
	if e.status == 0 {
		return fmt.Sprintf("discord: %s: %v", e.what, e.err)
	}
	return fmt.Sprintf("discord: %s: status %d: %v", e.what, e.status, e.err)
}

// Unwrap returns the cause.
func (e *callError) Unwrap() error { return e.err }

// check returns nil for a call that was granted, and otherwise an error with its kind: what
// can be tried again is a *[backend.RetryableError], what is not there wraps
// [backend.ErrUnknown], and a file that is too large [backend.ErrFileTooLarge].
func check(ctx context.Context, what string, err error) error {
	if err == nil {
		return nil
	}
	call := &callError{what: what, err: err}
	var rest *discordgo.RESTError
	var limit *discordgo.RateLimitError
	var again *backend.RetryableError
	switch {
	case ctx.Err() != nil:
		call.err = ctx.Err()
		return call
	case errors.As(err, &again):
		return &backend.RetryableError{Err: &callError{what: what, status: http.StatusTooManyRequests, err: again.Err}, After: again.After}
	case errors.As(err, &limit):
		call.status, call.err = http.StatusTooManyRequests, errors.New("rate limit reached")
		return &backend.RetryableError{Err: call, After: max(limit.RetryAfter, time.Millisecond)}
	case errors.As(err, &rest):
		return call.refused(rest)
	}
	return &backend.RetryableError{Err: call}
}

// refused returns the error for an answer of Discord's.
func (e *callError) refused(rest *discordgo.RESTError) error {
	e.status, e.err = rest.Response.StatusCode, errors.New(http.StatusText(rest.Response.StatusCode))
	if rest.Message != nil && rest.Message.Message != "" {
		e.code, e.err = rest.Message.Code, fmt.Errorf("%s (code %d)", rest.Message.Message, rest.Message.Code)
	}
	switch {
	case e.status == http.StatusRequestEntityTooLarge, e.code == discordgo.ErrCodeRequestEntityTooLarge:
		e.err = fmt.Errorf("%w: %w", backend.ErrFileTooLarge, e.err)
	case e.status == http.StatusNotFound:
		e.err = fmt.Errorf("%w: %w", backend.ErrUnknown, e.err)
	case e.status == http.StatusUnauthorized, e.status >= 500:
		return &backend.RetryableError{Err: e}
	}
	return e
}

// status returns the HTTP status that err came from, or 0.
func status(err error) int {
	var call *callError
	if errors.As(err, &call) {
		return call.status
	}
	return 0
}

// codeOf returns Discord's own code for an error, or 0.
func codeOf(err error) int {
	var call *callError
	if errors.As(err, &call) {
		return call.code
	}
	return 0
}

// patiently makes a call again for as long as the rate limit asks to wait.
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

// ask is a request for something, waiting where the rate limit says so.
func ask[V any](ctx context.Context, what string, request func(o ...discordgo.RequestOption) (V, error)) (v V, err error) {
	err = patiently(ctx, func() error {
		v, err = request(discordgo.WithContext(ctx))
		return check(ctx, what, err)
	})
	return v, err
}
