package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-errbot/errbot/bot/secret"
)

// Kind is what a credential is to StackStorm.
type Kind string

// The kinds of credentials that are kept. A password is exchanged for a token.
const (
	KindToken  Kind = "token"
	KindAPIKey Kind = "apikey"
)

// Credential is what a user's commands are authorised with.
type Credential struct {
	Kind    Kind
	Secret  secret.String // the token or the key
	Account string        // the StackStorm user it belongs to
	Expires time.Time     // when StackStorm stops taking it; zero: it does not expire
}

func (c Credential) check(now time.Time) error {
	switch {
	case c.Kind != KindToken && c.Kind != KindAPIKey:
		return fmt.Errorf("a credential of kind %q cannot be kept", string(c.Kind))
	case c.Secret == "":
		return errors.New("the credential is empty")
	case c.Account == "":
		return errors.New("it is not known whose the credential is")
	case c.expired(now):
		return errors.New("the credential has expired")
	}
	return nil
}

func (c Credential) expired(now time.Time) bool {
	return !c.Expires.IsZero() && !now.Before(c.Expires)
}

// record is an authenticated session as the secret store keeps it.
type record struct {
	ID           string    `json:"id"`
	Key          string    `json:"key"`
	Name         string    `json:"name"`
	Account      string    `json:"account"`
	Kind         Kind      `json:"kind"`
	Secret       string    `json:"secret"` // secret.String would be masked
	Started      time.Time `json:"started"`
	Expires      time.Time `json:"expires"`
	TokenExpires time.Time `json:"token_expires,omitzero"`
}

func encodeRecord(s Session, c Credential) (secret.String, error) {
	data, err := json.Marshal(record{
		ID: s.ID, Key: s.User.Key, Name: s.User.Name,
		Account: c.Account, Kind: c.Kind, Secret: c.Secret.Reveal(),
		Started: s.Started, Expires: s.Expires, TokenExpires: c.Expires,
	})
	return secret.String(data), err
}

func decodeRecord(data secret.String) (Session, Credential, error) {
	var r record
	if json.Unmarshal([]byte(data.Reveal()), &r) != nil { // its error may quote the text
		return Session{}, Credential{}, errors.New("the stored session is not readable")
	}
	s := Session{
		ID: r.ID, User: User{Key: r.Key, Name: r.Name}, State: Authenticated,
		Account: r.Account, Kind: r.Kind, Started: r.Started, Expires: r.Expires,
	}
	c := Credential{Kind: r.Kind, Secret: secret.String(r.Secret), Account: r.Account, Expires: r.TokenExpires}
	return s, c, nil
}
