package text

import (
	"context"
	"io"
	"os"
)

// LogWriter returns a writer for logs that go to w. While the terminal is in use and w is
// it as well, what is written appears above the line that is being edited.
func (b *Backend) LogWriter(w io.Writer) io.Writer {
	if f, ok := w.(*os.File); !ok || !isTerminal(f) {
		return w
	}
	return logWriter{b, w}
}

type logWriter struct {
	backend *Backend
	to      io.Writer
}

// Write implements [io.Writer].
func (l logWriter) Write(p []byte) (int, error) {
	if l.backend.terminal.Load() == nil || l.backend.output.write(context.Background(), string(p)) != nil {
		return l.to.Write(p)
	}
	return len(p), nil
}
