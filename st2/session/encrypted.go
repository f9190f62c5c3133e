package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/go-errbot/errbot/bot/secret"
)

var _ SecretStore = (*Encrypted)(nil)

// Encrypted is a [SecretStore] in one file, names and values encrypted with
// AES-256-GCM. Every change writes the whole file anew beside the old one and puts it
// in its place, on disk, before the change is acknowledged; whenever the process is
// killed, the old or the new file is there. What the file holds is kept in memory, in
// clear.
//
// Beside FILE there is FILE.lock, which stays, and FILE.tmp while FILE is written.
type Encrypted struct {
	path    string
	seal    *seal
	lock    io.Closer
	writing turn

	mu      sync.RWMutex
	entries secrets // replaced, never changed; nil when closed
}

// OpenEncrypted opens the store in a file, which it creates (mode 0600) with its
// folder (0700) when there is none. It does not wait: a file that is open, here or in
// another process, is an error that wraps [ErrInUse]. A key that is not the file's is
// an error that wraps [ErrWrongKey], a damaged file one that wraps [ErrCorrupt]; the
// file then stays as it is.
func OpenEncrypted(path string, key Key) (*Encrypted, error) {
	e, err := openEncrypted(path, key)
	if err != nil {
		return nil, fmt.Errorf("open the secrets %s: %w", path, err)
	}
	return e, nil
}

func openEncrypted(path string, key Key) (_ *Encrypted, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = lock.Close()
		}
	}()

	e := &Encrypted{path: path, lock: lock, writing: newTurn()}
	file, err := readFile(path)
	if err != nil {
		return nil, err
	}
	if file != nil {
		e.seal, e.entries, err = breakSeal(file, key)
		return e, err
	}
	if e.seal, err = newSeal(key); err != nil {
		return nil, err
	}
	return e, e.save(secrets{})
}

// Rotate changes the key of a store that is not open, in one step: whenever the
// process is killed, the file opens with one of the two keys. Its errors are those of
// [OpenEncrypted]; there must be a file.
func Rotate(path string, oldKey, newKey Key) error {
	if err := rotate(path, oldKey, newKey); err != nil {
		return fmt.Errorf("change the key of the secrets %s: %w", path, err)
	}
	return nil
}

func rotate(path string, oldKey, newKey Key) (err error) {
	if _, err := os.Stat(path); err != nil {
		return err
	}
	e, err := openEncrypted(path, oldKey)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	if e.seal, err = newSeal(newKey); err != nil {
		return err
	}
	return e.save(e.entries)
}

// Get implements [SecretStore]. It does not wait for writers.
func (e *Encrypted) Get(ctx context.Context, name string) (secret.String, error) {
	entries, err := e.read(ctx)
	if err != nil {
		return "", err
	}
	return entries.get(name)
}

// Keys implements [SecretStore]. It does not wait for writers.
func (e *Encrypted) Keys(ctx context.Context) ([]string, error) {
	entries, err := e.read(ctx)
	return slices.Sorted(maps.Keys(entries)), err
}

// Put implements [SecretStore].
func (e *Encrypted) Put(ctx context.Context, name string, value secret.String) error {
	return e.change(ctx, func(entries secrets) error { return entries.put(name, value) })
}

// Delete implements [SecretStore].
func (e *Encrypted) Delete(ctx context.Context, name string) error {
	return e.change(ctx, func(entries secrets) error {
		delete(entries, name)
		return nil
	})
}

// Close implements [SecretStore]. It waits for a write that is under way.
func (e *Encrypted) Close() error {
	if err := e.writing.take(context.Background()); err != nil {
		return err
	}
	defer e.writing.pass()
	e.mu.Lock()
	closed := e.entries == nil
	e.entries = nil
	e.mu.Unlock()
	if closed {
		return nil
	}
	return e.lock.Close()
}

// read returns the entries, which must not be changed.
func (e *Encrypted) read(ctx context.Context) (secrets, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.entries == nil {
		return nil, ErrClosed
	}
	return e.entries, nil
}

// change writes what edit makes of a copy of the entries.
func (e *Encrypted) change(ctx context.Context, edit func(secrets) error) error {
	if err := e.writing.take(ctx); err != nil {
		return err
	}
	defer e.writing.pass()
	old, err := e.read(ctx)
	if err != nil {
		return err
	}
	entries := maps.Clone(old)
	if err := edit(entries); err != nil {
		return err
	}
	if err := e.save(entries); err != nil {
		return fmt.Errorf("write the secrets: %w", err)
	}
	return nil
}

// save writes the entries and makes them those that are read. The caller has the turn.
func (e *Encrypted) save(entries secrets) error {
	file, err := e.seal.close(entries)
	if err != nil {
		return err
	}
	if err := replaceFile(e.path, file); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.entries = entries
	return nil
}

// Format keeps every verb of fmt from printing the secrets.
func (e *Encrypted) Format(f fmt.State, _ rune) { fmt.Fprint(f, "encrypted secrets in "+e.path) }
