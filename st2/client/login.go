package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-errbot/errbot/bot/secret"
)

// tokenRequest is the body of POST /tokens.
type tokenRequest struct {
	TTL      int    `json:"ttl,omitempty"` // seconds
	User     string `json:"user,omitempty"`
	Nickname string `json:"impersonate_user,omitempty"`
	Origin   string `json:"nickname_origin,omitempty"`
}

func (s *server) loginIdentity(p Password, want tokenRequest) *identity {
	want.TTL = int(s.ttl / time.Second)
	return &identity{
		header: tokenHeader,
		log:    s.log,
		issue:  func(ctx context.Context) (grant, error) { return s.login(ctx, p, want) },
	}
}

// login is obtain with the user's name in its error.
func (s *server) login(ctx context.Context, p Password, want tokenRequest) (grant, error) {
	g, err := s.obtain(ctx, p, want)
	if err != nil {
		return grant{}, fmt.Errorf("log in to StackStorm as %q: %w", p.User, err)
	}
	return g, nil
}

// obtain asks for a token, with the server's own time to live where it does not allow
// the one wanted.
func (s *server) obtain(ctx context.Context, p Password, want tokenRequest) (grant, error) {
	if s.authURL == "" {
		return grant{}, errors.New("AuthURL is not set")
	}
	g, err := s.requestToken(ctx, p, want)
	if want.TTL > 0 && ttlTooLong(err) {
		s.log.Warn("StackStorm allows tokens a shorter life than asked for; its own maximum is used", "asked", s.ttl)
		want.TTL = 0
		g, err = s.requestToken(ctx, p, want)
	}
	if errors.Is(err, ErrUnauthorized) {
		err = fmt.Errorf("%w: %w", ErrCredentialRejected, err)
	}
	return g, err
}

func (s *server) requestToken(ctx context.Context, p Password, want tokenRequest) (grant, error) {
	before := time.Now()
	ans, err := s.exchange(ctx, s.plain, call{
		method:  http.MethodPost,
		url:     s.authURL + "/tokens",
		body:    want,
		prepare: func(r *http.Request) { r.SetBasicAuth(p.User, p.Password.Reveal()) },
	})
	if err != nil {
		return grant{}, err
	}
	var token struct {
		Token  secret.String `json:"token"`
		Expiry time.Time     `json:"expiry"`
	}
	if err := decode(ans, &token); err != nil {
		return grant{}, err
	}
	if token.Token == "" {
		return grant{}, errors.New("the answer holds no token")
	}
	g := grant{value: token.Token}
	if life := tokenLife(ans.header, token.Expiry, before); life > 0 {
		g.renewAt, g.expires = before.Add(life/10*9), before.Add(life)
	}
	return g, nil
}

// tokenLife measures a token's life on the server's clock where the answer carries
// its time, because the two clocks may differ. Zero or less means not known.
func tokenLife(h http.Header, expiry, now time.Time) time.Duration {
	if expiry.IsZero() {
		return 0
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return expiry.Sub(now)
}

// ttlTooLong reports whether err is StackStorm's refusal of a time to live above its
// maximum; only the text tells.
func ttlTooLong(err error) bool {
	var api *APIError
	return errors.As(err, &api) && api.Status == http.StatusBadRequest &&
		strings.HasPrefix(api.Fault, "TTL specified") && strings.Contains(api.Fault, "greater than max allowed")
}
