package st2test

import (
	"time"

	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// AddUser adds an account that may ask for tokens, or changes its password.
func (s *Server) AddUser(name, password string) { s.accounts.AddUser(name, password) }

// AddService adds an account that may also ask for tokens of other users.
func (s *Server) AddService(name, password string) { s.accounts.AddService(name, password) }

// AddNickname gives a user a name of a chat network, for impersonation.
func (s *Server) AddNickname(name, origin, nickname string) {
	s.accounts.AddNickname(name, origin, nickname)
}

// RemoveUser removes a user from the database, not its tokens: they are answered with
// 404 from then on, as StackStorm does.
func (s *Server) RemoveUser(name string) { s.accounts.RemoveUser(name) }

// RevokeTokens forgets all tokens: they are unknown from now on. Streams stay open, as
// in StackStorm, which looks at a token only when a request begins.
func (s *Server) RevokeTokens() { s.accounts.RevokeTokens() }

// ExpireTokens makes all tokens expired.
func (s *Server) ExpireTokens() { s.accounts.ExpireTokens() }

// PurgeExecution removes an execution from the database, as StackStorm's garbage collector
// and st2-purge-executions do with old ones; an unknown one is no error.
func (s *Server) PurgeExecution(id string) { s.executions.remove(id) }

// Token returns a new token of a user. A ttl of 0 is the longest allowed, a negative
// one gives a token that has expired.
func (s *Server) Token(user string, ttl time.Duration) string {
	if ttl == 0 {
		ttl = s.tokenTTL
	}
	return s.accounts.Issue(user, ttl).Value
}

// AddAPIKey returns a new API key of a user.
func (s *Server) AddAPIKey(user string) string { return s.accounts.AddKey(user, pyjson.Of()).Clear }
