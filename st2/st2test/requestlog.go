package st2test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/go-errbot/errbot/st2/st2test/internal/access"
)

// Request is one request that the server got, for assertions. Credentials are not kept.
type Request struct {
	Method string
	Path   string     // as the client sent it
	Query  url.Values // without credentials
	Body   string     // what came, up to 64 KiB; nothing of those to the auth service
	User   string     // who asked, as far as the server knew
	Status int        // what was answered
}

const (
	maxRequests    = 1000
	maxRequestBody = 64 << 10
)

type requestLog struct {
	mu   sync.Mutex
	list []Request
}

func (l *requestLog) add(r *http.Request, body []byte, user string, status int) {
	query := r.URL.Query()
	query.Del(access.QueryToken)
	query.Del(access.QueryKey)
	path := r.URL.Path
	if r.RequestURI != "" {
		if u, err := url.ParseRequestURI(r.RequestURI); err == nil {
			path = u.Path
		}
	}
	entry := Request{Method: r.Method, Path: path, Query: query, User: user, Status: status}
	if !strings.HasPrefix(path, "/auth/") {
		entry.Body = string(body[:min(len(body), maxRequestBody)])
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.list) == maxRequests {
		l.list = l.list[1:]
	}
	l.list = append(l.list, entry)
}

// Requests returns the last 1,000 requests, oldest first. An open stream is among them
// from the moment it was accepted. Requests that a fault answered are not.
func (s *Server) Requests() []Request {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	return append([]Request(nil), s.requests.list...)
}

// ForgetRequests empties what [Server.Requests] returns.
func (s *Server) ForgetRequests() {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	s.requests.list = nil
}
