//go:build !unix

package text

import (
	"errors"
	"os"
)

// isTerminal reports whether f is a console.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// windowSize is not known here.
func windowSize(*os.File) (columns, rows int, err error) { return 0, 0, errors.ErrUnsupported }

// watchSize does nothing: no signal tells of a new size here.
func watchSize(func()) (stop func()) { return func() {} }
