//go:build unix

package text

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// isTerminal reports whether f is a terminal.
func isTerminal(f *os.File) bool {
	_, _, err := windowSize(f)
	return err == nil
}

// windowSize returns the size of the terminal f; an error when f is none.
func windowSize(f *os.File) (columns, rows int, err error) {
	raw, err := f.SyscallConn() // f.Fd would make reads of f uninterruptible
	if err != nil {
		return 0, 0, err
	}
	var size *unix.Winsize
	control := raw.Control(func(fd uintptr) { size, err = unix.IoctlGetWinsize(int(fd), unix.TIOCGWINSZ) })
	if control != nil {
		return 0, 0, control
	}
	if err != nil {
		return 0, 0, err
	}
	return int(size.Col), int(size.Row), nil
}

// watchSize calls changed when the window has another size, until stop is called.
func watchSize(changed func()) (stop func()) {
	signals := make(chan os.Signal, 1)
	done := make(chan struct{})
	signal.Notify(signals, syscall.SIGWINCH)
	go func() {
		defer close(done)
		for range signals {
			changed()
		}
	}()
	return func() {
		signal.Stop(signals)
		close(signals)
		<-done
	}
}
