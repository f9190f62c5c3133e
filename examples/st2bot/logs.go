package main

import (
	"io"
	"sync/atomic"
)

// logs is where the log goes. The terminal redirects it once it is there, so that log lines
// do not break into what is being typed.
type logs struct{ to atomic.Pointer[io.Writer] }

func newLogs(w io.Writer) *logs {
	l := &logs{}
	l.to.Store(&w)
	return l
}

// through sends the log through what wrap makes of its present destination.
func (l *logs) through(wrap func(io.Writer) io.Writer) {
	w := wrap(*l.to.Load())
	l.to.Store(&w)
}

// Write implements [io.Writer].
func (l *logs) Write(p []byte) (int, error) { return (*l.to.Load()).Write(p) }
