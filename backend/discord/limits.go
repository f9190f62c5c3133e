package discord

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-errbot/errbot/backend"
)

const (
	responseSize = 64 << 20 // bytes of an answer that are read
	maxRoutes    = 10_000   // routes whose limits are remembered
)

// limited is a transport that knows Discord's rate limits: a request that would exceed one
// is not made, and fails with a *[backend.RetryableError]. It hides the limits from
// discordgo, which would sleep without regard to the request's context.
type limited struct {
	next http.RoundTripper

	mu    sync.Mutex
	until map[string]time.Time // by route: when requests are allowed again
}

// everywhere is the route of limits for the whole account.
const everywhere = ""

func newLimited(next http.RoundTripper) *limited {
	return &limited{next: next, until: map[string]time.Time{}}
}

// RoundTrip implements [http.RoundTripper].
func (l *limited) RoundTrip(r *http.Request) (*http.Response, error) {
	route := routeOf(r)
	if wait := l.wait(route); wait > 0 {
		return nil, &backend.RetryableError{Err: errors.New("rate limit reached"), After: wait}
	}
	resp, err := l.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	l.note(route, resp)
	for name := range resp.Header {
		if strings.HasPrefix(name, "X-Ratelimit-") {
			resp.Header.Del(name)
		}
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, responseSize), resp.Body}
	return resp, nil
}

// wait returns for how long no request of a route may be made.
func (l *limited) wait(route string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(time.Until(l.until[route]), time.Until(l.until[everywhere]))
}

// note takes in what an answer says about limits.
func (l *limited) note(route string, resp *http.Response) {
	name := "X-Ratelimit-Reset-After"
	switch {
	case resp.StatusCode == http.StatusTooManyRequests:
		name = "Retry-After"
		if resp.Header.Get("X-Ratelimit-Global") != "" {
			route = everywhere
		}
	case resp.Header.Get("X-Ratelimit-Remaining") != "0":
		return
	}
	seconds, err := strconv.ParseFloat(resp.Header.Get(name), 64)
	if err != nil || seconds <= 0 || seconds > 3600 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if len(l.until) >= maxRoutes {
		maps.DeleteFunc(l.until, func(_ string, t time.Time) bool { return now.After(t) })
	}
	if len(l.until) < maxRoutes {
		l.until[route] = now.Add(time.Duration(seconds * float64(time.Second)))
	}
}

// routeOf returns what Discord counts requests by: the method and the path, where only the
// first ID is told apart from others of its kind.
func routeOf(r *http.Request) string {
	parts := strings.Split(r.URL.Path, "/")
	ids := 0
	for i, part := range parts {
		switch {
		case !isID(part):
		case ids > 0:
			parts[i] = "id"
			fallthrough
		default:
			ids++
		}
		if part == "reactions" { // what follows is an emoji
			parts = parts[:i+1]
			break
		}
	}
	return fmt.Sprintf("%s %s", r.Method, strings.Join(parts, "/"))
}
