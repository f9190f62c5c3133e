package client

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"
)

const defaultUserAgent = "errbot-go"

// Config says where StackStorm is and who the bot is there.
type Config struct {
	// AuthURL, APIURL and StreamURL are the bases of the three services, with the
	// version: "https://st2.example.com/auth/v1", ".../api/v1", ".../stream/v1"
	// behind StackStorm's nginx, "http://127.0.0.1:9101/v1" without it. AuthURL may
	// be empty when nobody logs in with a password.
	AuthURL, APIURL, StreamURL string

	// Credential is whom the Client speaks as. Required.
	Credential Credential

	// SkipVerify accepts any server certificate. [Client.Warnings] tells of it.
	SkipVerify bool
	// CACertFile is a PEM file of authorities to trust instead of the system's.
	CACertFile string
	// ClientCertFile and ClientKeyFile are PEM files for a proxy that asks for a
	// client certificate; both or neither.
	ClientCertFile, ClientKeyFile string

	// UserTokenTTL is the life asked for new tokens, in whole seconds; zero leaves
	// it to the server. A server whose maximum is lower gives its own.
	UserTokenTTL time.Duration

	// Logger receives a line a call at debug level and what needs attention at
	// warning level; nil discards them. No secret is ever logged.
	Logger *slog.Logger
	// UserAgent is sent with every request; "errbot-go" when empty.
	UserAgent string
	// Transport carries the requests instead of the Client's own [http.Transport],
	// in tests for example. The TLS settings above then have no effect.
	Transport http.RoundTripper
}

// endpoint is a base URL of the configuration under its name.
type endpoint struct {
	name, url string
	required  bool
}

func (c *Config) endpoints() []endpoint {
	login := false
	switch c.Credential.(type) {
	case Password, Impersonation:
		login = true
	}
	return []endpoint{
		{"AuthURL", c.AuthURL, login},
		{"APIURL", c.APIURL, true},
		{"StreamURL", c.StreamURL, true},
	}
}

// check returns every problem that can be seen without I/O.
func (c *Config) check() error {
	var problems []error
	for _, e := range c.endpoints() {
		problems = append(problems, e.check())
	}
	if c.Credential == nil {
		problems = append(problems, errors.New("Credential: set an API key, a token, or user and password"))
	} else {
		problems = append(problems, c.Credential.check())
	}
	if c.UserTokenTTL != 0 && c.UserTokenTTL < time.Second {
		problems = append(problems, fmt.Errorf("UserTokenTTL: %v is less than one second; leave it at 0 for the server's default", c.UserTokenTTL))
	}
	if (c.ClientCertFile == "") != (c.ClientKeyFile == "") {
		problems = append(problems, errors.New("ClientCertFile, ClientKeyFile: set both or neither"))
	}
	return errors.Join(problems...)
}

func (e endpoint) check() error {
	if e.url == "" {
		if e.required {
			return fmt.Errorf("%s: not set; it looks like https://st2.example.com/%s/v1", e.name, strings.ToLower(strings.TrimSuffix(e.name, "URL")))
		}
		return nil
	}
	u, err := url.Parse(e.url)
	switch {
	case err != nil:
		// url.Parse repeats the text, which may hold a password.
		return fmt.Errorf("%s: not a URL", e.name)
	case u.User != nil:
		return fmt.Errorf("%s: remove the user and password from it; credentials have their own settings", e.name)
	case u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("%s: %q must begin with https:// (or http:// on a loopback address)", e.name, e.url)
	case u.Hostname() == "":
		return fmt.Errorf("%s: %q has no host", e.name, e.url)
	case u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("%s: remove what follows the path, from ? or # on", e.name)
	}
	return nil
}

// warnings returns what is allowed but unsafe.
func (c *Config) warnings() []string {
	var out []string
	for _, e := range c.endpoints() {
		if u, err := url.Parse(e.url); err == nil && u.Scheme == "http" && !loopback(u.Hostname()) {
			out = append(out, fmt.Sprintf("%s: credentials travel unencrypted to %s; use https", e.name, u.Host))
		}
	}
	if c.SkipVerify {
		out = append(out, "SkipVerify: the server's certificate is not checked; set CACertFile instead")
	}
	return out
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// tlsConfig reads the certificate files and returns every problem with them.
func (c *Config) tlsConfig() (*tls.Config, error) {
	var problems []error
	out := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: c.SkipVerify}
	if c.CACertFile != "" {
		pem, err := os.ReadFile(c.CACertFile)
		out.RootCAs = x509.NewCertPool()
		if err != nil {
			problems = append(problems, fmt.Errorf("CACertFile: %w", err))
		} else if !out.RootCAs.AppendCertsFromPEM(pem) {
			problems = append(problems, fmt.Errorf("CACertFile: %s holds no PEM certificate", c.CACertFile))
		}
	}
	if c.ClientCertFile != "" && c.ClientKeyFile != "" {
		pair, err := tls.LoadX509KeyPair(c.ClientCertFile, c.ClientKeyFile)
		if err != nil {
			problems = append(problems, fmt.Errorf("ClientCertFile, ClientKeyFile: %w", err))
		}
		out.Certificates = []tls.Certificate{pair}
	}
	return out, errors.Join(problems...)
}

// transport returns what carries the requests. HTTP/2 stays off: StackStorm's
// services and its nginx speak HTTP/1.1, where one connection's fate is its own.
func (c *Config) transport() (http.RoundTripper, error) {
	tlsConfig, err := c.tlsConfig()
	if err != nil || c.Transport != nil {
		return c.Transport, err
	}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: connectTimeout, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:       tlsConfig,
		TLSHandshakeTimeout:   connectTimeout,
		ResponseHeaderTimeout: headerTimeout,
		IdleConnTimeout:       idleConnTimeout,
		MaxIdleConnsPerHost:   maxIdleConns,
	}, nil
}
