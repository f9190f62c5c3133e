//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package session

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// lockFile creates a file that must not be there, and removes it when it is closed.
// A process that is killed leaves it behind.
func lockFile(path string) (io.Closer, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%w; if none runs, remove that file", inUse(path))
	}
	if err != nil {
		return nil, err
	}
	return createdLock{f}, nil
}

type createdLock struct{ *os.File }

func (l createdLock) Close() error {
	return errors.Join(l.File.Close(), os.Remove(l.Name()))
}

// syncFolder does nothing: these systems do not open folders for it.
func syncFolder(string) error { return nil }
