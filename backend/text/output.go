package text

import (
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
)

// output writes one message at a time. After the first failure nothing is written.
type output struct {
	turn   chan struct{} // holds one token while somebody writes
	to     atomic.Pointer[io.Writer]
	broken chan struct{} // closed by the first failure
	fail   sync.Once
	err    error // set before broken is closed
}

func newOutput(to io.Writer) *output {
	o := &output{turn: make(chan struct{}, 1), broken: make(chan struct{})}
	o.to.Store(&to)
	return o
}

// write writes text as a whole. ctx ends the wait for others, not a write of its own.
func (o *output) write(ctx context.Context, text string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case o.turn <- struct{}{}:
		defer func() { <-o.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-o.broken:
		return o.err
	default:
	}
	if _, err := io.WriteString(*o.to.Load(), text); err != nil {
		o.fail.Do(func() {
			o.err = fmt.Errorf("write output: %w", err)
			close(o.broken)
		})
		return o.err
	}
	return nil
}
