package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// atOnce is less than bolt waits between two attempts at a file's lock: it tries once.
const atOnce = time.Millisecond

// OpenBolt opens the storage in a file, which it creates (mode 0600) with its
// folders (0700) when there is none. It does not wait: a file that another process,
// or this one, has open is an error that wraps [ErrInUse]. Before the storage is
// used its whole structure is read once; a file that is not sound is an error that
// wraps [ErrCorrupt] and stays as it is.
func OpenBolt(path string) (*Bolt, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	db, err := openSound(path)
	var system syscall.Errno
	switch {
	case err == nil:
		return &Bolt{db: db}, nil
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, fmt.Errorf("open the store %s: %w: a bot already runs on it; stop that one, or give this one a file of its own", path, ErrInUse)
	case errors.As(err, &system): // no access, no space, no memory
		return nil, fmt.Errorf("open the store %s: %w", path, err)
	default:
		return nil, fmt.Errorf("open the store %s: %w (%w); nothing was changed: put a backup in its place, or move it away to begin with an empty one",
			path, ErrCorrupt, err)
	}
}

// openSound opens the file once it has been found sound.
func openSound(path string) (*bbolt.DB, error) {
	if err := checkFile(path); err != nil {
		return nil, err
	}
	var db *bbolt.DB
	// A damaged list of free pages is met only here. Bolt then keeps the file's lock
	// until the process ends.
	err := guard(func() (err error) {
		db, err = bbolt.Open(path, 0o600, &bbolt.Options{Timeout: atOnce})
		return err
	})
	return db, err
}

// checkFile reads an existing file through, without being able to change it. Bolt
// looks only at the file's head by itself, and panics, or makes the system raise a
// fault, on the rest.
func checkFile(path string) error {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return nil // nothing to read; opening for use has the error, if it is one
	}
	return guard(func() error {
		db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, Timeout: atOnce})
		if err != nil {
			return err
		}
		defer func() { _ = db.Close() }() // it was only read
		return db.View(func(tx *bbolt.Tx) error { return readThrough(tx, path) })
	})
}

// guard runs what may meet a damaged file and returns its panics and memory faults
// as errors.
func guard(run func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("unreadable: %v", p)
		}
	}()
	return run()
}

// readThrough visits every page that leads to a key.
func readThrough(tx *bbolt.Tx, path string) error {
	info, err := os.Stat(path) // again: this time nobody else writes to it
	if err != nil {
		return err
	}
	if info.Size() < tx.Size() {
		return fmt.Errorf("cut off: %d of %d bytes", info.Size(), tx.Size())
	}
	return tx.ForEach(func(_ []byte, bucket *bbolt.Bucket) error {
		return bucket.ForEach(func(_, _ []byte) error { return nil })
	})
}
