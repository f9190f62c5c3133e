package st2test

import (
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-errbot/errbot/bot/secret"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// accounts are the users, their tokens and API keys. st2auth's password file and the
// user database are two things there, and here: a token may name a user that has no password.
type accounts struct {
	maxTTL time.Duration

	mu        sync.Mutex
	passwords map[string]secret.String
	users     map[string]*user
	tokens    map[string]*token
	keys      []*apiKey
}

type user struct {
	service   bool
	nicknames map[string]string
	denied    []string
}

type token struct {
	value   string
	user    string
	expires time.Time
}

type apiKey struct {
	id       string
	key      string
	hash     string
	user     string
	metadata any
	created  time.Time
	enabled  bool
}

// maxTokens bounds the tokens kept: the oldest are forgotten, as if they were unknown.
const maxTokens = 10_000

func newAccounts(maxTTL time.Duration) *accounts {
	return &accounts{
		maxTTL:    maxTTL,
		passwords: map[string]secret.String{},
		users:     map[string]*user{},
		tokens:    map[string]*token{},
	}
}

func (a *accounts) userLocked(name string) *user {
	u := a.users[name]
	if u == nil {
		u = &user{}
		a.users[name] = u
	}
	return u
}

func (a *accounts) checkPassword(name, password string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	want, known := a.passwords[name]
	return known && want.Equal(password)
}

func (a *accounts) issue(name string, ttl time.Duration) *token {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.userLocked(name)
	if len(a.tokens) >= maxTokens {
		a.forgetOldestLocked()
	}
	t := &token{value: strings.ReplaceAll(newUUID(), "-", ""), user: name, expires: time.Now().Add(ttl)}
	a.tokens[t.value] = t
	return t
}

func (a *accounts) forgetOldestLocked() {
	var oldest *token
	for _, t := range a.tokens {
		if oldest == nil || t.expires.Before(oldest.expires) {
			oldest = t
		}
	}
	delete(a.tokens, oldest.value)
}

func (a *accounts) addKey(user string, metadata any) *apiKey {
	var random [64]byte
	_, _ = rand.Read(random[:]) // never fails
	k := &apiKey{
		id: newID(), key: base64.RawURLEncoding.EncodeToString(random[:]),
		user: user, metadata: metadata, created: time.Now(), enabled: true,
	}
	k.hash = hashKey(k.key)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.userLocked(user)
	a.keys = append(a.keys, k)
	return k
}

// findKey returns the key with an id or a clear text.
func (a *accounts) findKey(idOrKey string) *apiKey {
	hash := hashKey(idOrKey)
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, k := range a.keys {
		if k.id == idOrKey || k.hash == hash {
			return k
		}
	}
	return nil
}

func hashKey(key string) string {
	sum := sha512.Sum512([]byte("st2test" + key))
	return hex.EncodeToString(sum[:])
}

// deny checks a permission that [Server.Deny] took away.
func (a *accounts) deny(name, permission, resource string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	u := a.users[name]
	if u == nil || !slices.Contains(u.denied, permission) {
		return nil
	}
	if resource == "" {
		return forbidden("User \"%s\" doesn't have required permission \"%s\"", name, permission)
	}
	return forbidden("User \"%s\" doesn't have required permission \"%s\" on resource \"%s\"", name, permission, resource)
}

// restricted reports whether any permission was taken away, and whether from this user.
func (a *accounts) restricted(name string) (anybody, thisUser bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for n, u := range a.users {
		if len(u.denied) > 0 {
			anybody = true
			thisUser = thisUser || n == name
		}
	}
	return anybody, thisUser
}

// AddUser adds an account that may ask for tokens, or changes its password.
func (s *Server) AddUser(name, password string) {
	s.accounts.mu.Lock()
	defer s.accounts.mu.Unlock()
	s.accounts.userLocked(name)
	s.accounts.passwords[name] = secret.String(password)
}

// AddService adds an account that may also ask for tokens of other users.
func (s *Server) AddService(name, password string) {
	s.AddUser(name, password)
	s.accounts.mu.Lock()
	defer s.accounts.mu.Unlock()
	s.accounts.userLocked(name).service = true
}

// AddNickname gives a user a name of a chat network, for impersonation.
func (s *Server) AddNickname(name, origin, nickname string) {
	s.accounts.mu.Lock()
	defer s.accounts.mu.Unlock()
	u := s.accounts.userLocked(name)
	if u.nicknames == nil {
		u.nicknames = map[string]string{}
	}
	u.nicknames[origin] = nickname
}

// RemoveUser removes a user from the database, not its tokens: they are answered with
// 404 from then on, as StackStorm does.
func (s *Server) RemoveUser(name string) {
	s.accounts.mu.Lock()
	defer s.accounts.mu.Unlock()
	delete(s.accounts.users, name)
}

// Token returns a new token of a user. A ttl of 0 is the longest allowed, a negative
// one gives a token that has expired.
func (s *Server) Token(user string, ttl time.Duration) string {
	if ttl == 0 {
		ttl = s.tokenTTL
	}
	return s.accounts.issue(user, ttl).value
}

// AddAPIKey returns a new API key of a user.
func (s *Server) AddAPIKey(user string) string { return s.accounts.addKey(user, pyjson.Of()).key }

// RevokeTokens forgets all tokens: they are unknown from now on. Streams stay open, as
// in StackStorm, which looks at a token only when a request begins.
func (s *Server) RevokeTokens() {
	s.accounts.mu.Lock()
	defer s.accounts.mu.Unlock()
	clear(s.accounts.tokens)
}

// ExpireTokens makes all tokens expired.
func (s *Server) ExpireTokens() {
	s.accounts.mu.Lock()
	defer s.accounts.mu.Unlock()
	for _, t := range s.accounts.tokens {
		t.expires = time.Now()
	}
}

// Deny takes a permission from a user: action_execute, stream_view, execution_list,
// execution_view, execution_stop, action_alias_list, action_alias_match. It stands for
// StackStorm's RBAC, which makes the help of aliases fail for everybody: so it does here.
func (s *Server) Deny(user, permission string) {
	s.accounts.mu.Lock()
	defer s.accounts.mu.Unlock()
	u := s.accounts.userLocked(user)
	u.denied = append(u.denied, permission)
}
