package client

import (
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"

	"github.com/go-errbot/errbot/bot/secret"
)

// authTransport puts an identity on each request, read afresh. A request refused
// with 401 is sent once more when the identity could be renewed, and only then.
type authTransport struct {
	id   *identity
	next http.RoundTripper
}

var _ http.RoundTripper = (*authTransport)(nil)

// RoundTrip implements [http.RoundTripper].
func (t *authTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	value, err := t.id.value(ctx)
	if err != nil {
		closeBody(req)
		return nil, &identityError{err}
	}
	resp, err := t.send(req, value)
	if err != nil || resp.StatusCode != http.StatusUnauthorized || t.id.issue == nil {
		return resp, err
	}
	discardBody(resp)
	if value, err = t.id.renew(ctx, value); err != nil {
		return nil, &identityError{err}
	}
	again, err := rewind(req)
	if err != nil {
		return nil, &notSentError{err}
	}
	return t.send(again, value)
}

// send sends a copy of req with the identity on it. It tells apart a request that
// never left from one whose answer is missing.
func (t *authTransport) send(req *http.Request, value secret.String) (*http.Response, error) {
	var asked, wrote atomic.Bool
	ctx := httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		GetConn:      func(string) { asked.Store(true) },
		WroteHeaders: func() { wrote.Store(true) },
	})
	out := req.WithContext(ctx)
	out.Header = req.Header.Clone()
	out.Header.Set(t.id.header, value.Reveal())
	resp, err := t.next.RoundTrip(out)
	// A transport that does not report asking for a connection reports nothing: no
	// conclusion can be drawn from its silence.
	if err != nil && asked.Load() && !wrote.Load() {
		err = &notSentError{err}
	}
	return resp, err
}

// notSentError marks the error of a request that did not reach StackStorm.
type notSentError struct{ err error }

func (e *notSentError) Error() string { return e.err.Error() }
func (e *notSentError) Unwrap() error { return e.err }

// identityError marks the error of a request that was not sent, or only to be refused,
// because no good identity could be had for it.
type identityError struct{ err error }

func (e *identityError) Error() string { return e.err.Error() }
func (e *identityError) Unwrap() error { return e.err }

// rewind returns req with a fresh body.
func rewind(req *http.Request) (*http.Request, error) {
	again := req.WithContext(req.Context())
	if req.GetBody == nil {
		return again, nil
	}
	body, err := req.GetBody()
	again.Body = body
	return again, err
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}

// discardBody reads what little a refusal says, so that its connection is used again.
func discardBody(resp *http.Response) {
	_, _ = io.CopyN(io.Discard, resp.Body, maxErrorBody)
	_ = resp.Body.Close()
}
