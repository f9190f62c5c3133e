package client

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"time"
)

// Service is one of StackStorm's services.
type Service string

// The services, each with an address of its own in [Config].
const (
	AuthService   Service = "auth"
	APIService    Service = "api"
	StreamService Service = "stream"
)

// Contact is how a service answers to a request without a credential.
type Contact struct {
	// Refusal is the answer where its status is above 399, nil where it is not. A
	// StackStorm that is well refuses with 401; [APIError.Detail] has the words of
	// whatever else answers.
	Refusal *APIError
	// Begin is the first of what came with a status below 300. An event stream that
	// asks for no credential begins with a line feed, one that StackStorm's nginx has
	// made up with "retry:", an answer of the other services with "{".
	Begin string
	// Time is the server's clock, to the second; zero when the answer does not tell.
	Time time.Time
	// Certificate is the server's own; nil without TLS. It has been checked, unless
	// [Config].SkipVerify says otherwise.
	Certificate *x509.Certificate
}

// maxBegin bounds [Contact].Begin in bytes.
const maxBegin = 512

// Contact asks a service for something that needs a credential, without one, to learn
// whether StackStorm is at its address. Nothing is changed there. The error tells why no
// answer came, with its cause in the chain; it is a *[RedirectError] where the address
// redirects.
func (c *Client) Contact(ctx context.Context, service Service) (Contact, error) {
	k := c.contactCall(service)
	ctx, cancel := context.WithTimeoutCause(ctx, callTimeout, errNoAnswer)
	defer cancel()
	resp, err := c.open(ctx, c.plain, k)
	if err != nil {
		return Contact{}, callError(k, err)
	}
	defer resp.Body.Close()
	met := Contact{}
	if at, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		met.Time = at
	}
	if resp.TLS != nil && len(resp.TLS.PeerCertificates) > 0 {
		met.Certificate = resp.TLS.PeerCertificates[0]
	}
	switch {
	case resp.StatusCode >= 400:
		body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody)) // what came tells enough
		met.Refusal = newAPIError(resp.StatusCode, resp.Header, body)
	case resp.StatusCode >= 300:
		return met, callError(k, newRedirectError(resp))
	default:
		// One read: an event stream goes on without end.
		begin := make([]byte, maxBegin)
		n, _ := resp.Body.Read(begin)
		met.Begin = string(begin[:n])
	}
	return met, nil
}

func (c *Client) contactCall(service Service) call {
	switch service {
	case AuthService:
		return call{method: http.MethodPost, url: c.authURL + "/tokens/validate", body: json.RawMessage("{}")}
	case StreamService:
		return call{method: http.MethodGet, url: c.streamURL + "/stream"}
	default:
		return call{method: http.MethodGet, url: c.apiURL + "/user"}
	}
}
