package doctor

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// Web is the bot's own web server.
type Web struct {
	Address string // "127.0.0.1:3141"
	// CertFile and KeyFile are set when it speaks TLS.
	CertFile, KeyFile string
}

func (w *Web) tls() bool { return w.CertFile != "" }

// web looks whether the bot's web server can listen, or does already.
func (e *examination) web(ctx context.Context) Result {
	w := e.Web
	if w == nil {
		if e.LoginURL != "" {
			return fail("Add the section webserver.", "people are to log in at %s, but there is no web server to serve that page", e.LoginURL)
		}
		return skip("not configured; messages from elsewhere and health checks need it")
	}
	r := w.listens(ctx)
	if r.Status != OK {
		return r
	}
	switch {
	case w.tls() && w.certificateFault() != "":
		return fail("Correct ssl.certificate and ssl.key.", "%s: %s", w.Address, w.certificateFault())
	case !w.tls() && !loopback(w.Address):
		return warn("Let it listen on 127.0.0.1 behind a proxy that speaks TLS and asks who is there, or enable ssl.",
			"%s; others can reach it without TLS, and who reaches it can speak as the bot", r.Summary)
	case e.LoginURL != "" && !strings.HasPrefix(e.LoginURL, "https://") && !loopbackURL(e.LoginURL):
		return warn("Serve that page by https.", "%s; but people type passwords at %s, without TLS", r.Summary, e.LoginURL)
	}
	return r
}

// listens takes the address for a moment.
func (w *Web) listens(ctx context.Context) Result {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", w.Address)
	switch {
	case err == nil:
		_ = l.Close() // it was only to see
		return ok("%s is free for the bot", w.Address)
	case errors.Is(err, syscall.EADDRINUSE) && w.isBot(ctx):
		return ok("%s is served by a bot that runs", w.Address)
	case errors.Is(err, syscall.EADDRINUSE):
		return fail("End that program (ss -tlpn shows it), or choose another webserver.port.", "%s is in use by another program", w.Address)
	case errors.Is(err, syscall.EACCES):
		return fail("Choose a webserver.port above 1023, or give the bot CAP_NET_BIND_SERVICE.", "%s may not be used by this user", w.Address)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fail("Correct webserver.host.", "%s is not an address of this machine", w.Address)
	}
	return fail("Correct webserver.host and webserver.port.", "%s cannot be used: %s", w.Address, lines(err.Error()))
}

// isBot reports whether what listens answers as a bot does.
func (w *Web) isBot(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	scheme, address := "http://", w.Address
	if w.tls() {
		scheme = "https://"
	}
	if host, port, err := net.SplitHostPort(address); err == nil && (host == "" || host == "0.0.0.0" || host == "::") {
		address = net.JoinHostPort("127.0.0.1", port)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+address+"/healthz", nil)
	if err != nil {
		return false
	}
	// It is this machine, and nothing secret is sent: whose certificate it is does not matter.
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}
	answer, err := transport.RoundTrip(request)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	var health struct {
		Status string            `json:"status"`
		Checks map[string]string `json:"checks"`
	}
	return json.NewDecoder(io.LimitReader(answer.Body, 64<<10)).Decode(&health) == nil && health.Status != "" && health.Checks != nil
}

// certificateFault says what is wrong with the web server's certificate, "" when nothing is.
func (w *Web) certificateFault() string {
	pair, err := tls.LoadX509KeyPair(w.CertFile, w.KeyFile)
	switch {
	case err != nil:
		return lines(err.Error())
	case pair.Leaf != nil && time.Now().After(pair.Leaf.NotAfter):
		return "its certificate is out of date: " + period(pair.Leaf)
	}
	return ""
}

func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil || strings.EqualFold(host, "localhost") {
		return err == nil
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

func loopbackURL(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	return loopback(net.JoinHostPort(u.Hostname(), "0"))
}
