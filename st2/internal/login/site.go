package login

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/go-errbot/errbot/st2/session"
)

// Options are what a [Site] is made from.
type Options struct {
	Sessions *session.Manager
	// Check returns what is to be kept of credentials that StackStorm takes. Its
	// error is [ErrRejected] when it does not, and [session.ErrNotChecked] when it
	// could not be asked. It is called by one attempt at a link at a time.
	Check func(ctx context.Context, c Credentials) (session.Credential, error)
	// Done is told of every login. It must not block.
	Done func(s session.Session)
	// Page is the address of the page as people see it; see [ParsePage].
	Page *url.URL
	// Proxies are the networks whose X-Forwarded-For is believed, beside the
	// loopback addresses.
	Proxies []netip.Prefix
	Log     *slog.Logger
}

// Site answers the routes of the package. It is safe for concurrent use.
type Site struct {
	Options
	sameOrigin *http.CrossOriginProtection
	handler    http.Handler
}

// New returns a Site.
func New(o Options) (*Site, error) {
	s := &Site{Options: o, sameOrigin: http.NewCrossOriginProtection()}
	if err := s.sameOrigin.AddTrustedOrigin(origin(o.Page)); err != nil {
		return nil, fmt.Errorf("login page: %w", err)
	}
	routes := http.NewServeMux()
	for path, name := range assets(o.Page) {
		if strings.HasSuffix(path, "/") {
			path += "{$}" // and nothing below it
		}
		routes.Handle("GET "+path, asset(name))
	}
	routes.HandleFunc("GET "+authenticatePath+"{link}", s.state)
	routes.HandleFunc("POST "+authenticatePath+"{link}", s.authenticate)
	s.handler = guarded(routes)
	return s, nil
}

// ServeHTTP implements [http.Handler].
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// ParsePage reads the address of the page. It must be https, or http on this machine.
func ParsePage(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case text == "":
		return nil, errors.New("not set; it looks like https://bot.example.com/")
	case err != nil:
		return nil, errors.New("not an address") // the error would repeat it
	case u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return nil, errors.New("expected an address that begins with https://")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return nil, errors.New("expected https://: people enter their passwords there")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("expected nothing but scheme, host and path")
	case strings.ContainsAny(u.EscapedPath(), "{}%") || strings.HasPrefix(u.Path, authenticatePath):
		return nil, errors.New("this path cannot be used")
	}
	if u.Path == "" {
		u.Path = "/"
	}
	return u, nil
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// origin returns u's origin as browsers write it.
func origin(u *url.URL) string {
	host := strings.ToLower(u.Host)
	if port := u.Port(); port == "443" && u.Scheme == "https" || port == "80" && u.Scheme == "http" {
		host = strings.TrimSuffix(host, ":"+port)
	}
	return u.Scheme + "://" + host
}

// Address returns where the page is for a link.
func Address(page *url.URL, link string) string {
	u := *page
	u.Fragment = link
	return u.String()
}
