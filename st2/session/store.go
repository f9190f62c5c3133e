package session

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/go-errbot/errbot/bot/secret"
)

// What every secret store accepts; more is refused.
const (
	MaxName    = 1024    // bytes of a name, which has at least one and is UTF-8
	MaxValue   = 8 << 10 // bytes of a value
	MaxSecrets = 4096    // names in one store
)

// Errors of secret stores that callers decide on; those returned wrap them.
var (
	ErrNotFound = errors.New("there is no such secret")
	ErrFull     = errors.New("the secret store is full")
	ErrClosed   = errors.New("the secret store is closed")
	ErrInUse    = errors.New("the secret store is in use")
	ErrWrongKey = errors.New("the key is not the one the secrets were stored with")
	ErrCorrupt  = errors.New("the secret store is damaged")
)

// SecretStore keeps values under names. It is safe for concurrent use. Every method
// may wait for the storage, and does nothing when its context has ended. A method
// that changes something has changed it for good, as far as the store is lasting,
// when it returns no error; after an error the old or the new state may be found.
// Names and values out of bounds are refused. No error contains a value. After Close
// every method but Close returns ErrClosed.
type SecretStore interface {
	// Get returns the value of a name, or ErrNotFound.
	Get(ctx context.Context, name string) (secret.String, error)

	// Put sets the value of a name, or returns ErrFull for one too many.
	Put(ctx context.Context, name string, value secret.String) error

	// Delete removes a name. One that is not there is no error.
	Delete(ctx context.Context, name string) error

	// Keys returns all names, sorted by their bytes.
	Keys(ctx context.Context) ([]string, error)

	// Close ends the use of the store, after what is under way. Closing again is no
	// error.
	Close() error
}

func checkName(name string) error {
	if name == "" || len(name) > MaxName || !utf8.ValidString(name) {
		return fmt.Errorf("expected 1 to %d bytes of UTF-8", MaxName)
	}
	return nil
}

// secrets are the values of a store by their names.
type secrets map[string][]byte

func (s secrets) get(name string) (secret.String, error) {
	value, ok := s[name]
	if !ok {
		return "", fmt.Errorf("secret %q: %w", name, ErrNotFound)
	}
	return secret.String(value), nil
}

func (s secrets) put(name string, value secret.String) error {
	if err := checkName(name); err != nil {
		return fmt.Errorf("name of a secret: %w", err)
	}
	if len(value) > MaxValue {
		return fmt.Errorf("secret %q: expected at most %d bytes", name, MaxValue)
	}
	if _, known := s[name]; !known && len(s) >= MaxSecrets {
		return fmt.Errorf("secret %q: %w: it has %d", name, ErrFull, len(s))
	}
	s[name] = []byte(value.Reveal())
	return nil
}
