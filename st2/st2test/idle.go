package st2test

import (
	"context"
	"fmt"
)

// Wait waits until every execution that was started has ended and what its end leads to
// has been announced. The error is that of the context.
func (s *Server) Wait(ctx context.Context) error {
	select {
	case <-s.idle.Idle():
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for executions in memory: %w", ctx.Err())
	}
}
