package st2test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/go-errbot/errbot/st2/st2test/internal/access"
	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/ident"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
	"github.com/go-errbot/errbot/st2/st2test/internal/query"
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

// reply is an answer. Without a content type its body is a document, sent as JSON.
type reply struct {
	status      int
	header      http.Header
	body        any
	contentType string
}

func ok(body any) *reply      { return &reply{status: http.StatusOK, body: body} }
func created(body any) *reply { return &reply{status: http.StatusCreated, body: body} }
func noContent() *reply       { return &reply{status: http.StatusNoContent} }

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
	answer.header = p.Header(len(list))
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
	setCommonHeaders(w.Header(), r)
	w.Header().Set("Date", s.now().UTC().Format(http.TimeFormat))
	service, rest := split(r.URL.Path)
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
	writeError(w, fault.NoSuchPath())
}

// split takes the service and the version off a path. nginx knows two old names of the
// stream, the API one of the executions.
func split(full string) (service, rest string) {
	service, rest, _ = strings.Cut(strings.TrimPrefix(full, "/"), "/")
	rest = strings.TrimSuffix(rest, "/")
	rest = "/" + strings.TrimPrefix(strings.TrimPrefix(rest+"/", "v1/"), "/")
	rest = strings.TrimSuffix(rest, "/")
	if service == "api" && rest == "/stream" {
		service = "stream"
	}
	if old, found := strings.CutPrefix(rest, "/actionexecutions"); found && service == "api" {
		rest = "/executions" + old
	}
	if rest == "" {
		rest = "/"
	}
	return service, rest
}

func setCommonHeaders(h http.Header, r *http.Request) {
	h.Set("Access-Control-Allow-Origin", "http://127.0.0.1:3000")
	h.Set("Access-Control-Allow-Methods", "GET,POST,PUT,DELETE,OPTIONS")
	h.Set("Access-Control-Allow-Headers", "Content-Type,Authorization,X-Auth-Token,St2-Api-Key,X-Request-ID")
	h.Set("Access-Control-Allow-Credentials", "true")
	h.Set("Access-Control-Expose-Headers", "Content-Type,X-Limit,X-Total-Count,X-Request-ID")
	id := r.Header.Get("X-Request-ID")
	if id == "" {
		id = ident.UUID()
	}
	h.Set("X-Request-ID", id)
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
			answer = faultReply(err)
		} else {
			r.who.SetCookie(w.Header())
		}
		s.requests.add(raw, body, r.who.User, answer.status)
		writeReply(w, answer)
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
	if r.body, err = decodeBody(r.Header.Get("Content-Type"), body); err != nil {
		return nil, body, err
	}
	answer, err = run(r)
	return answer, body, err
}

func decodeBody(contentType string, body []byte) (any, error) {
	kind, _, _ := strings.Cut(contentType, ";")
	switch strings.TrimSpace(strings.ToLower(kind)) {
	case "", "application/json", "text/plain":
		if len(body) == 0 {
			return pyjson.Of(), nil
		}
		v, err := pyjson.Decode(body)
		if err != nil {
			return nil, fault.BadRequest("Failed to parse request body: %s", err)
		}
		return v, nil
	case "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, fault.BadRequest("Failed to parse request body: %s", err)
		}
		return pyjson.From(form)
	default:
		return nil, fault.BadRequest("Failed to parse request body: Unsupported Content-Type: \"%s\"", contentType)
	}
}

// faultReply is the answer that tells an error.
func faultReply(err error) *reply {
	f := fault.Of(err)
	if f.Nginx {
		return &reply{status: f.Status, body: f.Page(), contentType: "text/html"}
	}
	return &reply{status: f.Status, body: f.Body()}
}

func writeError(w http.ResponseWriter, err error) { writeReply(w, faultReply(err)) }

func writeReply(w http.ResponseWriter, a *reply) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	var text []byte
	switch {
	case a.status == http.StatusNoContent:
	case a.contentType != "":
		w.Header().Set("Content-Type", a.contentType)
		text = []byte(fmt.Sprint(a.body))
	default:
		w.Header().Set("Content-Type", "application/json")
		text = pyjson.Encode(a.body)
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(text) // a client that went away needs no answer
}
