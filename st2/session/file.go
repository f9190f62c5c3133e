package session

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// readFile returns a file's bytes, or nil when there is no file.
func readFile(path string) ([]byte, error) {
	// A link would be replaced by a file, and could be locked under two names.
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("expected a regular file, neither a link nor a folder")
	}
	if info.Size() > maxFile {
		return nil, damaged("it is too large")
	}
	return os.ReadFile(path)
}

// replaceFile puts a new file (mode 0600) in a file's place, on disk before it returns.
// Only the holder of the lock calls it.
func replaceFile(path string, data []byte) error {
	temp := path + ".tmp"
	err := writeFile(temp, data)
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		return errors.Join(err, discard(temp))
	}
	return syncFolder(filepath.Dir(path))
}

func writeFile(path string, data []byte) error {
	if err := discard(path); err != nil { // of a process that was killed
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func discard(path string) error {
	err := os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func inUse(lock string) error {
	return fmt.Errorf("%w: a bot already runs on it; stop that one, or give this one a file of its own (%s)", ErrInUse, lock)
}
