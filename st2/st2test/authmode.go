package st2test

import (
	"net/http"

	"github.com/go-errbot/errbot/st2/st2test/internal/access"
)

// AuthMode is how a StackStorm finds out who asks.
type AuthMode int

const (
	// AuthStandalone checks passwords itself. It is the default.
	AuthStandalone AuthMode = iota
	// AuthProxy leaves passwords to a proxy in front: a token is issued for the user in the
	// header X-Forwarded-User, or else for the name of a Basic authorization with any
	// password. Everything else is as standalone.
	AuthProxy
	// AuthDisabled takes everybody for the system user, see [WithSystemUser], whatever
	// credentials a request has; /user is an error 500. Tokens can still be had.
	AuthDisabled
)

// WithAuth sets how the server finds out who asks.
func WithAuth(mode AuthMode) Option { return func(s *settings) { s.auth = mode } }

// SetAuth changes how the server finds out who asks from now on, as a restart with another
// configuration does.
func (s *Server) SetAuth(mode AuthMode) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.auth = mode
}

func (s *Server) authMode() AuthMode {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.auth
}

// identify finds out who asks, where the services do.
func (s *Server) identify(r *http.Request) (access.Identity, error) {
	if s.authMode() == AuthDisabled {
		return access.Identity{User: s.systemUser}, nil
	}
	return s.accounts.Identify(r)
}
