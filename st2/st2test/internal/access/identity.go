package access

import (
	"fmt"
	"net/http"
	"time"

	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
)

// The query parameters that hold a credential.
const (
	QueryToken = "x-auth-token"
	QueryKey   = "st2-api-key"
)

const (
	headerToken = "X-Auth-Token"
	headerKey   = "St2-Api-Key"
	cookieToken = "auth-token"
)

// Identity is who asks, and how we know.
type Identity struct {
	User     string
	Method   string    // "authentication token" or "API key"
	Location string    // "header" or "query"; a cookie counts as a header
	Expires  time.Time // zero for a key
	cookie   string    // the token to hand out as a cookie
}

// Identify finds the credential of a request. The first one present counts, good or bad.
func (a *Accounts) Identify(r *http.Request) (Identity, error) {
	query := r.URL.Query()
	if t := r.Header.Get(headerToken); t != "" {
		return a.byToken(t, "header", true)
	}
	if k := r.Header.Get(headerKey); k != "" {
		return a.byKey(k, "header")
	}
	if t := query.Get(QueryToken); t != "" {
		return a.byToken(t, "query", true)
	}
	if k := query.Get(QueryKey); k != "" {
		return a.byKey(k, "query")
	}
	if c, err := r.Cookie(cookieToken); err == nil && c.Value != "" {
		return a.byToken(c.Value, "header", false)
	}
	return Identity{}, fault.Unauthorized("Unauthorized - One of Token or API key required.")
}

func (a *Accounts) byToken(value, location string, cookie bool) (Identity, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.tokens[value]
	if t == nil {
		return Identity{}, fault.Unauthorized("Unauthorized")
	}
	if !t.Expires.After(time.Now()) {
		return Identity{}, fault.Unauthorized("Unauthorized - Token has expired.")
	}
	if a.users[t.User] == nil {
		return Identity{}, fault.NotFound("Unable to find the UserDB instance. {'name': '%s'}", t.User)
	}
	who := Identity{User: t.User, Method: "authentication token", Location: location, Expires: t.Expires}
	if cookie {
		who.cookie = t.Value
	}
	return who, nil
}

func (a *Accounts) byKey(key, location string) (Identity, error) {
	hash := hashKey(key)
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, k := range a.keys {
		if k.Hash != hash {
			continue
		}
		if !k.enabled {
			return Identity{}, fault.Unauthorized("Unauthorized - API key is disabled.")
		}
		return Identity{User: k.User, Method: "API key", Location: location}, nil
	}
	return Identity{}, fault.Unauthorized("Unauthorized - ApiKey with key_hash=" + hash + " not found.")
}

// SetCookie hands a token out again as a cookie: StackStorm does so whenever a request
// came with a token in a header or in the query.
func (who Identity) SetCookie(h http.Header) {
	if who.cookie == "" {
		return
	}
	left := time.Until(who.Expires)
	h.Set("Set-Cookie", fmt.Sprintf("auth-token=%s; Max-Age=%d; Path=/; expires=%s; secure; HttpOnly; SameSite=lax",
		who.cookie, int(left.Seconds()), who.Expires.UTC().Format("Mon, 02-Jan-2006 15:04:05 GMT")))
}

// Valid reports whether a token can be used.
func (a *Accounts) Valid(token string) bool {
	_, err := a.byToken(token, "header", false)
	return err == nil
}
