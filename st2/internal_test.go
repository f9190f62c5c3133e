package st2

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/client"
)

func TestExpectations(t *testing.T) {
	t.Parallel()
	var x expectations
	released := 0
	release := func() { released++ }

	// A result that comes before the answer to the request.
	e := x.add("#ops", "@alice", release)
	early, after := x.arrived("#ops", "@alice")
	require.Same(t, e, early)
	require.Len(t, after, 1)
	x.acknowledged(e, 1)
	<-after[0]
	require.Equal(t, 0, released, "the result is still on its way")
	x.delivered(early)
	require.Equal(t, 1, released)

	// Two results, the second after the acknowledgement; somebody else's do not count.
	e = x.add("#ops", "@alice", release)
	_, _ = x.arrived("#ops", "@alice")
	x.delivered(e)
	x.acknowledged(e, 2)
	other, _ := x.arrived("#ops", "@bob")
	require.Nil(t, other)
	require.Equal(t, 1, released)
	last, after := x.arrived("#ops", "@alice")
	require.Same(t, e, last)
	require.Empty(t, after)
	x.delivered(last)
	require.Equal(t, 2, released)

	// A failed command waits for nothing, and the oldest gives way when there are too many.
	x.acknowledged(x.add("#ops", "@alice", release), 0)
	require.Equal(t, 3, released)
	for range maxExpected + 5 {
		x.add("#ops", "@alice", release)
	}
	require.Equal(t, 8, released)
	x.giveUpAll()
	require.Equal(t, 8+maxExpected, released)
}

func TestExpectationsAreGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var x expectations
		released := 0
		x.add("#ops", "@alice", func() { released++ })
		pass(10 * time.Minute)
		x.add("#ops", "@bob", func() { released++ })
		x.giveUpBefore(time.Now().Add(-holdLongest))
		require.Equal(t, 0, released)
		pass(6 * time.Minute)
		x.giveUpBefore(time.Now().Add(-holdLongest))
		require.Equal(t, 1, released)
	})
}

// A place that takes nothing makes those who bring more wait, without end of memory; when it
// goes on, so do they.
func TestBackpressure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		gate := make(chan struct{})
		var goroutines sync.WaitGroup
		var got []string
		l := newLanes(
			func(_ string, run func(context.Context) error) { goroutines.Go(func() { _ = run(ctx) }) },
			func(_ context.Context, d *delivery) { <-gate; got = append(got, d.body) },
		)
		l.space = newBudget(10 * deliveryCost)
		put := 0
		goroutines.Go(func() {
			for i := range 30 {
				require.NoError(t, l.put(ctx, "#slow", &delivery{body: fmt.Sprint(i)}))
				put++
			}
		})
		synctest.Wait()
		require.Less(t, put, 10)
		canceled, cancel := context.WithCancel(ctx)
		cancel()
		require.ErrorIs(t, l.put(canceled, "#ops", &delivery{}), context.Canceled)
		close(gate)
		goroutines.Wait()
		require.Len(t, got, 30)
		require.Equal(t, "0", got[0])
		require.Equal(t, "29", got[29])
		require.Empty(t, l.queue)
		require.Equal(t, l.space.all, l.space.left)
	})
}

func TestBudgetOfOneThatIsTooLarge(t *testing.T) {
	t.Parallel()
	b := newBudget(10)
	require.NoError(t, b.take(t.Context(), 25))
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, b.take(canceled, 1), context.Canceled)
	b.give(25)
	require.NoError(t, b.take(t.Context(), 10))
}

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
