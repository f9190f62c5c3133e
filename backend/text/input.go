package text

import (
	"context"
	"io"
	"os"
	"time"
)

// input reads messages in a goroutine of its own, one when it is asked for one, so that
// whoever waits for it need not wait for a read that nothing can end.
type input struct {
	want    chan struct{}
	got     chan result
	done    chan struct{}
	waiting bool        // a message was asked for and has not come
	unblock func() bool // ends a read that waits; false when it cannot
}

type result struct {
	text string
	err  error
}

// newInput starts the goroutine; stop ends it.
func newInput(read func() (string, error), unblock func() bool) *input {
	in := &input{
		want:    make(chan struct{}),
		got:     make(chan result, 1), // the reader never waits for anybody
		done:    make(chan struct{}),
		unblock: unblock,
	}
	go func() {
		defer close(in.done)
		for range in.want {
			text, err := read()
			in.got <- result{text, err}
		}
	}()
	return in
}

// next returns the next message; io.EOF after the last, and out's error when it breaks.
func (in *input) next(ctx context.Context, out *output) (string, error) {
	select {
	case <-out.broken:
		return "", out.err
	default:
	}
	in.want <- struct{}{}
	in.waiting = true
	select {
	case r := <-in.got:
		in.waiting = false
		return r.text, r.err
	case <-out.broken:
		return "", out.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// stop ends the goroutine and waits for it, unless it is in a read that cannot be ended.
func (in *input) stop() {
	close(in.want)
	if in.unblock() || !in.waiting {
		<-in.done
	}
}

// open starts reading the input, on a terminal or not.
func (b *Backend) open() (*input, error) {
	r := &reader{
		multiline: b.now.isMultiline,
		tooLong:   func(err error) { b.options.Log.Error("text: message refused", "error", err) },
	}
	if !*b.options.Interactive {
		r.line = lines(b.options.In)
		return newInput(r.message, func() bool { return unblock(b.options.In) }), nil
	}
	t, err := b.openTerminal()
	if err != nil {
		return nil, err
	}
	r.line = t.line
	unwatch := watchSize(t.resized)
	return newInput(r.message, func() bool {
		unwatch()
		_ = t.Close() // puts the terminal back; nobody is left who could act on an error
		unblock(b.options.In)
		return true // Close ends ReadLine, whatever becomes of the read behind it
	}), nil
}

// unblock ends a Read of r that waits, and reports whether it could.
func unblock(r io.Reader) bool {
	switch r := r.(type) {
	case *os.File:
		return r.SetReadDeadline(time.Unix(0, 0)) == nil
	case io.Closer:
		return r.Close() == nil
	default:
		return false
	}
}
