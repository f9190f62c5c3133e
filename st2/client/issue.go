package client

import (
	"context"
	"fmt"
	"time"
)

// Login exchanges p for a token, which is all that needs to be kept of it, and says
// when the token expires on this machine's clock; the zero time when that is not
// known. Its life is the UserTokenTTL of the [Config]. It does not change whom c
// speaks as. The error is [ErrCredentialRejected] when the password is not right; it
// names neither, because people enter the one for the other.
func (c *Client) Login(ctx context.Context, p Password) (token Token, expires time.Time, err error) {
	if err := p.check(); err != nil {
		return Token{}, time.Time{}, fmt.Errorf("%w: %w", ErrCredentialRejected, err)
	}
	g, err := c.obtain(ctx, p, tokenRequest{TTL: int(c.ttl / time.Second)})
	if err != nil {
		return Token{}, time.Time{}, fmt.Errorf("log in to StackStorm: %w", err)
	}
	return Token{Token: g.value}, g.expires, nil
}
