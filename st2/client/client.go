package client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

const (
	connectTimeout = 10 * time.Second
	// Matching against hundreds of aliases can take long.
	headerTimeout = 30 * time.Second
	// Stock nginx cuts an API request after 90 s; no answer comes later than that.
	callTimeout = 90 * time.Second
	// Less than nginx's 75 s, so that it is the Client that ends idle connections.
	idleConnTimeout = 60 * time.Second
	maxIdleConns    = 32
)

// Client is a StackStorm as one identity sees it. It is safe for concurrent use.
// Make one with [New], end it with [Client.Close].
type Client struct {
	*server
	id   *identity
	http *http.Client

	translate func(ctx context.Context, err error) error // see OnError; nil: none
}

// server is what the Clients of several identities share.
type server struct {
	authURL, apiURL, streamURL string

	transport http.RoundTripper
	plain     *http.Client // sends no credential: for logging in
	ttl       time.Duration
	log       *slog.Logger
	userAgent string
	warnings  []string
}

// New returns a Client for cfg. It reads the certificate files but sends nothing:
// use [Client.Validate] to learn whether StackStorm accepts the credential. The
// error names every problem with cfg at once.
func New(cfg Config) (*Client, error) {
	transport, err := cfg.transport()
	if err := errors.Join(cfg.check(), err); err != nil {
		return nil, fmt.Errorf("StackStorm client: %w", err)
	}
	s := &server{
		authURL:   strings.TrimRight(cfg.AuthURL, "/"),
		apiURL:    strings.TrimRight(cfg.APIURL, "/"),
		streamURL: strings.TrimRight(cfg.StreamURL, "/"),
		transport: transport,
		plain:     httpClient(transport),
		ttl:       cfg.UserTokenTTL,
		log:       cfg.Logger,
		userAgent: cfg.UserAgent,
		warnings:  cfg.warnings(),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.userAgent == "" {
		s.userAgent = defaultUserAgent
	}
	return s.as(cfg.Credential), nil
}

// WithCredential returns a Client that speaks as cred, which must not be nil, over
// the same connections. It holds nothing that needs closing of its own. A credential
// that cannot be sent, an empty one for example, fails each call with
// [ErrCredentialRejected].
func (c *Client) WithCredential(cred Credential) *Client { return c.as(cred) }

func (s *server) as(cred Credential) *Client {
	id := cred.identity(s)
	id.fault = cred.check()
	return &Client{server: s, id: id, http: httpClient(&authTransport{id: id, next: s.transport})}
}

func httpClient(transport http.RoundTripper) *http.Client {
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Warnings returns what is unsafe about the configuration, a sentence each:
// credentials over plain http to another machine, certificates not checked.
func (c *Client) Warnings() []string { return append([]string(nil), c.warnings...) }

// Close ends the idle connections, also those of the Clients that
// [Client.WithCredential] made. Calls under way are not disturbed: end their contexts.
func (c *Client) Close() { c.plain.CloseIdleConnections() }

// Version returns StackStorm's version, such as "3.10dev".
func (c *Client) Version(ctx context.Context) (string, error) {
	index, err := fetch[struct {
		Version string `json:"version"`
	}](ctx, c, call{method: http.MethodGet, url: c.apiURL + "/"})
	return index.Version, err
}
