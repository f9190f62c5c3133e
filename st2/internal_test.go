package st2

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/client"
)

// What is told of trouble, and when.
func TestHealth(t *testing.T) {
	t.Parallel()
	var (
		down      = fmt.Errorf("dial: %w", client.ErrUnavailable)
		refused   = fmt.Errorf("login: %w", client.ErrCredentialRejected)
		connected = client.State{Phase: client.Connected}
		cut       = client.State{Phase: client.Disconnected, Err: down}
		away      = problem(down)
		rejected  = problem(refused)
	)
	const back = "StackStorm is back: commands work and results arrive again."
	for name, c := range map[string]struct {
		steps func(h *health)
		want  []string
	}{
		"all well": {func(h *health) {
			h.streamState(connected)
			h.setCredential(nil)
		}, nil},
		"not known yet": {func(h *health) { h.streamState(cut) }, nil},
		"down at the start": {func(h *health) {
			h.streamState(cut)
			h.setCredential(down)
			synctest.Wait()
			h.setCredential(nil)
			h.streamState(connected)
		}, []string{away, back}},
		"a short cut": {func(h *health) {
			h.streamState(connected)
			h.setCredential(nil)
			synctest.Wait()
			h.streamState(cut)
			pass(troubleGrace / 2)
			h.streamState(connected)
		}, nil},
		"a long one": {func(h *health) {
			h.streamState(connected)
			h.setCredential(nil)
			synctest.Wait()
			for range 3 {
				h.streamState(cut)
				h.setCredential(down)
				pass(2 * troubleGrace)
			}
			h.setCredential(nil)
			h.streamState(connected)
		}, []string{away, back}},
		"down, then refused": {func(h *health) {
			h.streamState(cut)
			h.setCredential(down)
			synctest.Wait()
			h.setCredential(refused)
			synctest.Wait()
			h.streamState(client.State{Phase: client.Disconnected, Err: refused})
		}, []string{away, rejected}},
		"refused, with a stream that is open": {func(h *health) {
			h.streamState(connected)
			h.setCredential(refused)
		}, []string{rejected}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var told []string
				h := newHealth(slog.New(slog.DiscardHandler), func(text string) { told = append(told, text) }, troubleGrace)
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan error)
				go func() { ended <- h.run(ctx) }()
				c.steps(h)
				pass(time.Hour)
				cancel()
				require.NoError(t, <-ended)
				require.Equal(t, c.want, told)
			})
		})
	}
}

func TestReady(t *testing.T) {
	t.Parallel()
	h := newHealth(slog.New(slog.DiscardHandler), func(string) {}, 0)
	require.EqualError(t, h.ready(), "StackStorm has not answered yet.")
	h.setCredential(nil)
	require.EqualError(t, h.ready(), "StackStorm has not answered yet.")
	h.streamState(client.State{Phase: client.Connected})
	require.NoError(t, h.ready())
	h.streamState(client.State{Phase: client.Disconnected, Err: errors.New("odd")})
	require.EqualError(t, h.ready(), "StackStorm's answers cannot be understood; the log has the details.")
}

// pass lets the time of a test's bubble go by.
func pass(d time.Duration) { <-time.After(d) }
