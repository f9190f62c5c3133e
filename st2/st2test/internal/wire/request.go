// Package wire is how StackStorm's services read requests and write answers.
package wire

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/ident"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// Split takes the service and the version off a path. nginx knows two old names of the
// stream, the API one of the executions.
func Split(full string) (service, rest string) {
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

// SetCommonHeaders sets what every answer has.
func SetCommonHeaders(h http.Header, r *http.Request) {
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

// Decode reads a body. An empty one is an empty object.
func Decode(contentType string, body []byte) (any, error) {
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
