package st2test

import (
	"io"
	"net/http"
	"net/url"
	"path"

	"github.com/go-errbot/errbot/st2/st2test/internal/access"
	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
	"github.com/go-errbot/errbot/st2/st2test/internal/query"
	"github.com/go-errbot/errbot/st2/st2test/internal/wire"
)

// maxBody is nginx's default limit of a request body, in bytes.
const maxBody = 1 << 20

// request is one authenticated request with its decoded body.
type request struct {
	*http.Request
	who   access.Identity
	body  any
	query query.Query
	admin bool
}

// object is the body, which the shape of the endpoint has checked to be an object.
func (r *request) object() *pyjson.Object {
	o, _ := r.body.(*pyjson.Object)
	return o
}

type reply = wire.Reply

func ok(body any) *reply      { return &reply{Status: http.StatusOK, Body: body} }
func created(body any) *reply { return &reply{Status: http.StatusCreated, Body: body} }
func noContent() *reply       { return &reply{Status: http.StatusNoContent} }

// page reads which part of a list is asked for.
func (r *request) page(byDefault int) (query.Page, error) { return r.query.Page(byDefault, r.admin) }

// secrets reads whether secrets are to be shown: only administrators are.
func (r *request) secrets() (bool, error) {
	wanted, err := r.query.Boolean("show_secrets")
	return wanted && r.admin, err
}

// pageReply answers with a part of a list.
func pageReply(p query.Page, list []*pyjson.Object) *reply {
	answer := ok(documents(query.Window(list, p)))
	answer.Header = p.Header(len(list))
	return answer
}

func documents(list []*pyjson.Object) []any {
	values := make([]any, len(list))
	for i := range list {
		values[i] = list[i]
	}
	return values
}

type endpoint func(r *request) (*reply, error)

// ServeHTTP implements [http.Handler]: all three services, under /auth, /api and /stream.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		http.Error(w, "closed", http.StatusServiceUnavailable)
		return
	}
	defer s.work.Done()
	wire.SetCommonHeaders(w.Header(), r)
	w.Header().Set("Date", s.now().UTC().Format(http.TimeFormat))
	service, rest := wire.Split(r.URL.Path)
	if s.faults.answer(w, r, service) {
		return
	}
	switch r.Method {
	case http.MethodOptions:
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
		return
	case http.MethodHead:
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	mux := s.services[service]
	inner := r.Clone(r.Context())
	inner.URL = &url.URL{Path: rest, RawQuery: r.URL.RawQuery}
	if mux != nil && path.Clean(rest) == rest {
		if _, pattern := mux.Handler(inner); pattern != "" {
			mux.ServeHTTP(w, inner)
			return
		}
	}
	s.requests.add(r, nil, "", http.StatusNotFound)
	wire.WriteError(w, fault.NoSuchPath())
}

// open makes an endpoint that needs no credential a handler.
func (s *Server) open(run endpoint) http.HandlerFunc { return s.handler(run, nil) }

// guarded makes an endpoint a handler that asks for a token or an API key first.
func (s *Server) guarded(run endpoint) http.HandlerFunc { return s.handler(run, s.identify) }

func (s *Server) handler(run endpoint, identify func(*http.Request) (access.Identity, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, raw *http.Request) {
		r := &request{Request: raw, query: query.Query{Values: raw.URL.Query()}}
		answer, body, err := s.run(r, run, identify)
		if err != nil {
			answer = wire.Fault(err)
		} else {
			r.who.SetCookie(w.Header())
		}
		s.requests.add(raw, body, r.who.User, answer.Status)
		wire.Write(w, answer)
	}
}

// run does the steps in StackStorm's order: who asks, then the body, then the endpoint.
func (s *Server) run(r *request, run endpoint, identify func(*http.Request) (access.Identity, error)) (answer *reply, body []byte, err error) {
	if identify != nil {
		if r.who, err = identify(r.Request); err != nil {
			return nil, nil, err
		}
		r.admin = s.rbac.IsAdmin(r.who.User)
	}
	body, err = io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	if err != nil {
		return nil, nil, &fault.Error{Status: http.StatusRequestEntityTooLarge, Text: "Request Entity Too Large", Nginx: true}
	}
	if r.body, err = wire.Decode(r.Header.Get("Content-Type"), body); err != nil {
		return nil, body, err
	}
	answer, err = run(r)
	return answer, body, err
}
