package st2test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

var tokenShape = shape{fields: []field{{name: "ttl", types: []string{"integer", "null"}, minimum: 1}}}

func (s *Server) createToken(r *request) (*reply, error) {
	name, err := s.basicUser(r.Header.Get("Authorization"))
	if err != nil {
		return nil, err
	}
	if err := tokenShape.check(r.body); err != nil {
		return nil, err
	}
	if name, err = s.accounts.impersonated(name, r.object()); err != nil {
		return nil, err
	}
	ttl := s.tokenTTL
	if seconds, given := r.object().Get("ttl").(int64); given {
		longest := int64(s.tokenTTL / time.Second)
		if seconds > longest {
			return nil, badRequest("TTL specified %d is greater than max allowed %d.", seconds, longest)
		}
		ttl = time.Duration(seconds) * time.Second
	}
	t := s.accounts.issue(name, ttl)
	answer := created(pyjson.Of("user", t.user, "token", t.value, "expiry", timestamp(t.expires),
		"metadata", pyjson.Of(), "service", false, "id", newID()))
	answer.header = http.Header{"X-Api-Url": {s.URL() + "/api"}}
	return answer, nil
}

// basicUser checks an Authorization header. What Python fails to unpack is a 400 there.
func (s *Server) basicUser(header string) (string, error) {
	refused := unauthorized("Invalid or missing credentials")
	if header == "" {
		return "", refused
	}
	parts := strings.Split(header, " ")
	switch {
	case len(parts) < 2:
		return "", badRequest("not enough values to unpack (expected 2, got 1)")
	case len(parts) > 2:
		return "", badRequest("too many values to unpack (expected 2)")
	case !strings.EqualFold(parts[0], "basic"):
		return "", refused
	}
	decoded, err := base64.StdEncoding.DecodeString(parts[1])
	if err != nil {
		return "", refused
	}
	name, password, found := strings.Cut(string(decoded), ":")
	if !found || !s.accounts.checkPassword(name, password) {
		return "", refused
	}
	return name, nil
}

// impersonated returns whose token is asked for.
func (a *accounts) impersonated(name string, body *pyjson.Object) (string, error) {
	other, wanted := body.Lookup("user")
	nickname, byNickname := body.Lookup("impersonate_user")
	if !wanted && !byNickname {
		return name, nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.userLocked(name).service {
		return "", badRequest("Current user is not a service and cannot request impersonated tokens")
	}
	if wanted {
		if other == "" {
			return "", badRequest("User is not provided in the token.")
		}
		return pyjson.Str(other), nil
	}
	origin := body.Text("nickname_origin")
	if origin == "" {
		return "", badRequest("Nickname origin is not provided for nickname '%s'", pyjson.Str(nickname))
	}
	return a.byNicknameLocked(pyjson.Str(nickname), origin)
}

func (a *accounts) byNicknameLocked(nickname, origin string) (string, error) {
	var found []string
	for name, u := range a.users {
		if u.nicknames[origin] == nickname {
			found = append(found, name)
		}
	}
	switch len(found) {
	case 0:
		return "", badRequest("Could not locate user %s@%s", nickname, origin)
	case 1:
		return found[0], nil
	default:
		return "", badRequest("%s@%s matched more than one username", nickname, origin)
	}
}

func (s *Server) validateToken(r *request) (*reply, error) {
	value := ""
	if r.object() != nil {
		value = r.object().Text("token")
	}
	if value == "" {
		return nil, badRequest("Token is not provided.")
	}
	_, err := s.accounts.byToken(value, "header", false)
	return ok(pyjson.Of("valid", err == nil)), nil
}

func (s *Server) ssoState(*request) (*reply, error) { return ok(pyjson.Of("enabled", false)), nil }

func (s *Server) ssoRequest(*request) (*reply, error) {
	return nil, &apiError{status: http.StatusInternalServerError, text: `The default "noop" SSO backend is not a proper implementation. ` +
		`Please refer to the enterprise version for configuring SSO.`}
}

func (s *Server) whoAmI(r *request) (*reply, error) {
	authentication := pyjson.Of("method", r.who.method, "location", r.who.location)
	if !r.who.expires.IsZero() {
		authentication.Set("token_expire", r.who.expires.UTC().Format(time.RFC3339))
	}
	rbac, restricted := s.accounts.restricted(r.who.user)
	return ok(pyjson.Of("username", r.who.user, "authentication", authentication,
		"rbac", pyjson.Of("enabled", rbac, "roles", []any{}, "is_admin", !restricted))), nil
}
