// Package store keeps what plugins must remember: one persistent map for each
// plugin. It holds the contract, a storage in memory and one in a bolt file; the
// contract as a test suite is in storetest. What is stored, and under which names,
// is the business of those who store it.
package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// Sizes that every storage accepts, in bytes; more is refused.
const (
	MaxKey   = 1024     // keys and namespaces, which have at least one byte
	MaxValue = 16 << 20 // values, which may be empty
)

// Errors that callers decide on; those returned wrap them.
var (
	ErrNotFound = errors.New("not found")
	ErrBadKey   = errors.New("a key has 1 to 1024 bytes")
	ErrTooLarge = errors.New("a value has at most 16 MiB")
	ErrClosed   = errors.New("the store is closed")
	ErrInUse    = errors.New("the store is in use")
	ErrCorrupt  = errors.New("the store is damaged")
)

// Store is one namespace: a map from keys to bytes, whole values at a time. It is
// safe for concurrent use. Slices that it returns are the caller's own, and it
// keeps none that it is given. Every method may wait for the storage; a context that
// has ended before a call keeps the call from doing anything. After the storage is
// closed every method returns ErrClosed; a key out of bounds is ErrBadKey.
type Store interface {
	// Get returns the value of a key, which is never nil, or ErrNotFound.
	Get(ctx context.Context, key string) ([]byte, error)

	// Put sets the value of a key. Where the storage is durable, the value is when
	// Put returns. A value that is too large is ErrTooLarge.
	Put(ctx context.Context, key string, value []byte) error

	// Delete removes a key. A key that is not there is no error.
	Delete(ctx context.Context, key string) error

	// Keys returns the keys that begin with prefix, sorted by their bytes; all of
	// them for "".
	Keys(ctx context.Context, prefix string) ([]string, error)

	// Update sets a key to what change makes of its value, with no other change of
	// the key in between. change gets nil when the key is absent, and returns nil to
	// delete it; old is its own to change and return. An error of change is returned
	// as it is, and the key stays as it was. change should be quick, must not use
	// the storage, and may be called more than once.
	Update(ctx context.Context, key string, change func(old []byte) (new []byte, err error)) error
}

// Storage holds the stores of all namespaces. It is safe for concurrent use.
type Storage interface {
	// Open returns the store of a namespace, which is created when it is new. The
	// same namespace may be opened several times; its stores share their data.
	Open(namespace string) (Store, error)

	// Close ends all use of the storage, after what is under way. Closing again is
	// no error.
	Close() error
}

// Load returns a key's value, decoded from JSON, or an error that wraps ErrNotFound.
func Load[T any](ctx context.Context, s Store, key string) (T, error) {
	var value T
	data, err := s.Get(ctx, key)
	if err != nil {
		return value, err
	}
	if err := json.Unmarshal(data, &value); err != nil {
		var zero T
		return zero, fmt.Errorf("load %q: %w", key, err)
	}
	return value, nil
}

// Save sets a key's value to the JSON of value.
func Save[T any](ctx context.Context, s Store, key string, value T) error {
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("save %q: %w", key, err)
	}
	return s.Put(ctx, key, data)
}

// checkCall refuses what no storage accepts, before it is touched.
func checkCall(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return checkKey(key)
}

func checkKey(key string) error {
	if len(key) < 1 || len(key) > MaxKey {
		return fmt.Errorf("%w, this one has %d", ErrBadKey, len(key))
	}
	return nil
}

func checkValue(key string, value []byte) error {
	if len(value) > MaxValue {
		return fmt.Errorf("put %q: %w, this one has %d bytes", key, ErrTooLarge, len(value))
	}
	return nil
}

func notFound(key string) error { return fmt.Errorf("get %q: %w", key, ErrNotFound) }
