package client

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// User is whom StackStorm takes a credential for.
type User struct {
	Username string
	// Method is "authentication token" or "API key".
	Method string
	// Expires is when a token ends, to the second; zero for API keys.
	Expires time.Time
	// RBAC says whether StackStorm checks permissions. Without it everybody IsAdmin.
	RBAC    bool
	Roles   []string
	IsAdmin bool
}

// UnmarshalJSON decodes the answer of GET /v1/user.
func (u *User) UnmarshalJSON(data []byte) error {
	var wire struct {
		Username       string `json:"username"`
		Authentication struct {
			Method  string    `json:"method"`
			Expires time.Time `json:"token_expire"`
		} `json:"authentication"`
		RBAC struct {
			Enabled bool     `json:"enabled"`
			Roles   []string `json:"roles"`
			IsAdmin bool     `json:"is_admin"`
		} `json:"rbac"`
	}
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	*u = User{
		Username: wire.Username,
		Method:   wire.Authentication.Method,
		Expires:  wire.Authentication.Expires,
		RBAC:     wire.RBAC.Enabled,
		Roles:    wire.RBAC.Roles,
		IsAdmin:  wire.RBAC.IsAdmin,
	}
	return nil
}

// Validate asks StackStorm whom it takes the Client's credential for (GET /v1/user).
// The error is [ErrCredentialRejected] or [ErrUserGone] when the credential is no
// good. With authentication switched off, StackStorm answers this call with 500.
func (c *Client) Validate(ctx context.Context) (User, error) {
	return fetch[User](ctx, c, call{method: http.MethodGet, url: c.apiURL + "/user"})
}
