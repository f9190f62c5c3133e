// Package access is StackStorm's authentication: users and their passwords, tokens, API
// keys, impersonation, and which of them a request shows.
package access

import (
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"sync"
	"time"

	"github.com/go-errbot/errbot/bot/secret"
	"github.com/go-errbot/errbot/st2/st2test/internal/ident"
)

// Accounts are the users, their tokens and API keys. st2auth's password file and the
// user database are two things there, and here: a token may name a user that has no password.
type Accounts struct {
	mu        sync.Mutex
	passwords map[string]secret.String
	users     map[string]*user
	tokens    map[string]*Token
	keys      []*Key
}

type user struct {
	service   bool
	nicknames map[string]string
}

// Token is a token of a user.
type Token struct {
	Value   string
	User    string
	Expires time.Time
}

// Key is an API key.
type Key struct {
	ID       string
	Clear    string
	Hash     string
	User     string
	Metadata any
	Created  time.Time
	enabled  bool
}

// maxTokens bounds the tokens kept: the oldest are forgotten, as if they were unknown.
const maxTokens = 10_000

// New returns accounts without users.
func New() *Accounts {
	return &Accounts{
		passwords: map[string]secret.String{},
		users:     map[string]*user{},
		tokens:    map[string]*Token{},
	}
}

func (a *Accounts) userLocked(name string) *user {
	u := a.users[name]
	if u == nil {
		u = &user{}
		a.users[name] = u
	}
	return u
}

// CheckPassword reports whether an account has that password.
func (a *Accounts) CheckPassword(name, password string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	want, known := a.passwords[name]
	return known && want.Equal(password)
}

// Issue makes a token, and the user if need be.
func (a *Accounts) Issue(name string, ttl time.Duration) *Token {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.userLocked(name)
	if len(a.tokens) >= maxTokens {
		a.forgetOldestLocked()
	}
	t := &Token{Value: strings.ReplaceAll(ident.UUID(), "-", ""), User: name, Expires: time.Now().Add(ttl)}
	a.tokens[t.Value] = t
	return t
}

func (a *Accounts) forgetOldestLocked() {
	var oldest *Token
	for _, t := range a.tokens {
		if oldest == nil || t.Expires.Before(oldest.Expires) {
			oldest = t
		}
	}
	delete(a.tokens, oldest.Value)
}

// AddKey makes a key, and the user if need be.
func (a *Accounts) AddKey(user string, metadata any) *Key {
	var random [64]byte
	_, _ = rand.Read(random[:]) // never fails
	k := &Key{
		ID: ident.ObjectID(), Clear: base64.RawURLEncoding.EncodeToString(random[:]),
		User: user, Metadata: metadata, Created: time.Now(), enabled: true,
	}
	k.Hash = hashKey(k.Clear)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.userLocked(user)
	a.keys = append(a.keys, k)
	return k
}

// FindKey returns the key with an id or a clear text, or nil.
func (a *Accounts) FindKey(idOrKey string) *Key {
	hash := hashKey(idOrKey)
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, k := range a.keys {
		if k.ID == idOrKey || k.Hash == hash {
			return k
		}
	}
	return nil
}

func hashKey(key string) string {
	sum := sha512.Sum512([]byte("st2test" + key))
	return hex.EncodeToString(sum[:])
}
