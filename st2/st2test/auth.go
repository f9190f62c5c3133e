package st2test

import (
	"errors"
	"net/http"
	"time"

	"github.com/go-errbot/errbot/st2/st2test/internal/access"
	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/ident"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
	"github.com/go-errbot/errbot/st2/st2test/internal/schema"
)

var tokenShape = schema.Shape{Fields: []schema.Field{{Name: "ttl", Types: []string{"integer", "null"}, Minimum: 1}}}

func (s *Server) createToken(r *request) (*reply, error) {
	name, err := s.accountOf(r)
	if err != nil {
		return nil, err
	}
	if err := tokenShape.Check(r.body); err != nil {
		return nil, err
	}
	if name, err = s.accounts.Impersonated(name, r.object()); err != nil {
		return nil, err
	}
	ttl := s.tokenTTL
	if seconds, given := r.object().Get("ttl").(int64); given {
		longest := int64(s.tokenTTL / time.Second)
		if seconds > longest {
			return nil, fault.BadRequest("TTL specified %d is greater than max allowed %d.", seconds, longest)
		}
		ttl = time.Duration(seconds) * time.Second
	}
	t := s.accounts.Issue(name, ttl)
	answer := created(pyjson.Of("user", t.User, "token", t.Value, "expiry", ident.Timestamp(t.Expires),
		"metadata", pyjson.Of(), "service", false, "id", ident.ObjectID()))
	answer.Header = http.Header{"X-Api-Url": {s.URL() + "/api"}}
	return answer, nil
}

// accountOf is who asks for a token. Behind an authenticating proxy that is whom the proxy
// names, or else whoever is named at all: the password was the proxy's business.
func (s *Server) accountOf(r *request) (string, error) {
	if name := r.Header.Get("X-Forwarded-User"); name != "" && s.authMode() == AuthProxy {
		return name, nil
	}
	return s.basicUser(r.Header.Get("Authorization"))
}

// basicUser checks an Authorization header.
func (s *Server) basicUser(header string) (string, error) {
	name, password, err := access.ParseBasic(header)
	if err == nil && s.authMode() != AuthProxy && !s.accounts.CheckPassword(name, password) {
		err = access.Refused()
	}
	return name, err
}

func (s *Server) validateToken(r *request) (*reply, error) {
	value := ""
	if r.object() != nil {
		value = r.object().Text("token")
	}
	if value == "" {
		return nil, fault.BadRequest("Token is not provided.")
	}
	valid := s.accounts.Valid(value)
	return ok(pyjson.Of("valid", valid)), nil
}

func (s *Server) ssoState(*request) (*reply, error) { return ok(pyjson.Of("enabled", false)), nil }

func (s *Server) ssoRequest(*request) (*reply, error) {
	return nil, &fault.Error{Status: http.StatusInternalServerError, Text: `The default "noop" SSO backend is not a proper implementation. ` +
		`Please refer to the enterprise version for configuring SSO.`}
}

func (s *Server) whoAmI(r *request) (*reply, error) {
	if r.who.Method == "" {
		return nil, errors.New("StackStorm asks how nobody was authenticated")
	}
	authentication := pyjson.Of("method", r.who.Method, "location", r.who.Location)
	if !r.who.Expires.IsZero() {
		authentication.Set("token_expire", r.who.Expires.UTC().Format(time.RFC3339))
	}
	roles := []any{}
	for _, role := range s.rbac.Roles(r.who.User) {
		roles = append(roles, role)
	}
	return ok(pyjson.Of("username", r.who.User, "authentication", authentication,
		"rbac", pyjson.Of("enabled", s.rbac.On(), "roles", roles, "is_admin", r.admin))), nil
}
