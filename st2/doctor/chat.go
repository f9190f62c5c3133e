package doctor

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/go-errbot/errbot/backend"
)

// leaveLimit is how long a backend may take to leave its network.
const leaveLimit = 5 * time.Second

// arrival is a [backend.Sink] that waits for the connection and takes nothing in.
type arrival struct {
	once sync.Once
	up   chan struct{}
}

// Connected implements [backend.Sink].
func (a *arrival) Connected() { a.once.Do(func() { close(a.up) }) }

func (a *arrival) arrived() bool {
	select {
	case <-a.up:
		return true
	default:
		return false
	}
}

// Receive implements [backend.Sink]: what is said now is for nobody.
func (a *arrival) Receive(event backend.Event) {
	if m, isMessage := event.(*backend.Message); isMessage && m.Done != nil {
		m.Done()
	}
}

// chat connects to the chat network and leaves it again.
func (e *examination) chat(ctx context.Context) Result {
	if e.Backend == nil {
		return skip("not wanted")
	}
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	start, a := time.Now(), &arrival{up: make(chan struct{})}
	ended, err := make(chan struct{}), error(nil) // err is read when ended is closed
	go func() {
		defer close(ended)
		err = e.Backend.Run(ctx, a)
	}()
	var r Result
	select {
	case <-a.up:
		r = e.connected(start)
	case <-ended:
		if a.arrived() { // and gone again, as at the end of an input
			return e.connected(start)
		}
		return e.refused(err)
	case <-ctx.Done():
		r = fail("Look at the address of the network, and at firewalls and proxies on the way.", "%s: no connection within %s", e.Backend.Name(), took(start))
	}
	leave()
	select {
	case <-ended:
	case <-time.After(leaveLimit):
		r.Summary += "; it does not let go of the connection"
	}
	return r
}

func (e *examination) connected(start time.Time) Result {
	return ok("%s: connected as %s within %s", e.Backend.Name(), e.Backend.Self().Address, took(start))
}

func (e *examination) refused(err error) Result {
	switch {
	case err == nil:
		return fail("Look at the network's log.", "%s: the connection ended before it stood", e.Backend.Name())
	case errors.Is(err, backend.ErrRefused):
		return fail("Correct the account in bot_identity.", "%s: %s", e.Backend.Name(), lines(err.Error()))
	}
	if f := explain(err, "bot_identity"); f.what != "" {
		return fail("Look at the address in bot_identity, and at the way there.", "%s: %s", e.Backend.Name(), f.what)
	}
	return fail("Look at the address in bot_identity, and at the network's log.", "%s: %s", e.Backend.Name(), lines(err.Error()))
}
