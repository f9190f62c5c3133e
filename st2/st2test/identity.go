package st2test

import (
	"fmt"
	"net/http"
	"time"
)

const (
	headerToken = "X-Auth-Token"
	headerKey   = "St2-Api-Key"
	queryToken  = "x-auth-token"
	queryKey    = "st2-api-key"
	cookieToken = "auth-token"
)

// identity is who asks, and how we know.
type identity struct {
	user     string
	method   string // "authentication token" or "API key"
	location string // "header" or "query"; a cookie counts as a header
	expires  time.Time
	cookie   string // the token to hand out as a cookie
}

// identify finds the credential of a request. The first one present counts, good or bad.
func (a *accounts) identify(r *http.Request) (identity, error) {
	query := r.URL.Query()
	if t := r.Header.Get(headerToken); t != "" {
		return a.byToken(t, "header", true)
	}
	if k := r.Header.Get(headerKey); k != "" {
		return a.byKey(k, "header")
	}
	if t := query.Get(queryToken); t != "" {
		return a.byToken(t, "query", true)
	}
	if k := query.Get(queryKey); k != "" {
		return a.byKey(k, "query")
	}
	if c, err := r.Cookie(cookieToken); err == nil && c.Value != "" {
		return a.byToken(c.Value, "header", false)
	}
	return identity{}, unauthorized("Unauthorized - One of Token or API key required.")
}

func (a *accounts) byToken(value, location string, cookie bool) (identity, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.tokens[value]
	if t == nil {
		return identity{}, unauthorized("Unauthorized")
	}
	if !t.expires.After(time.Now()) {
		return identity{}, unauthorized("Unauthorized - Token has expired.")
	}
	if a.users[t.user] == nil {
		return identity{}, notFound("Unable to find the UserDB instance. {'name': '%s'}", t.user)
	}
	who := identity{user: t.user, method: "authentication token", location: location, expires: t.expires}
	if cookie {
		who.cookie = t.value
	}
	return who, nil
}

func (a *accounts) byKey(key, location string) (identity, error) {
	hash := hashKey(key)
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, k := range a.keys {
		if k.hash != hash {
			continue
		}
		if !k.enabled {
			return identity{}, unauthorized("Unauthorized - API key is disabled.")
		}
		return identity{user: k.user, method: "API key", location: location}, nil
	}
	return identity{}, unauthorized("Unauthorized - ApiKey with key_hash=" + hash + " not found.")
}

// setCookie hands a token out again as a cookie: StackStorm does so whenever a request
// came with a token in a header or in the query.
func (who identity) setCookie(h http.Header) {
	if who.cookie == "" {
		return
	}
	left := time.Until(who.expires)
	h.Set("Set-Cookie", fmt.Sprintf("auth-token=%s; Max-Age=%d; Path=/; expires=%s; secure; HttpOnly; SameSite=lax",
		who.cookie, int(left.Seconds()), who.expires.UTC().Format("Mon, 02-Jan-2006 15:04:05 GMT")))
}
