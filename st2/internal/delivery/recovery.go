package delivery

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-errbot/errbot/bot/store"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/ledger"
)

const (
	recoveryKey = "recovery"
	passTimeout = 2 * time.Minute
	// retryPass is when a failed pass is tried again while the stream waits for it.
	retryPass = time.Second
	// gateLongest is for how long what the stream brings waits for what was missed.
	gateLongest = 15 * time.Second
	// finishLongest is the longest pause between two looks at what was about to be
	// announced when the stream began.
	finishLongest = 5 * time.Second
	// demandLongest is for how long anybody waits for a pass.
	demandLongest = 15 * time.Second
	// startPatience is for how long the very first stream waits for the first pass.
	startPatience = 5 * time.Second
)

// recovery finds, in StackStorm's list of executions, the announcements that the stream did
// not bring: whenever the stream is connected, on a clock, and on demand.
type recovery struct {
	courier *Courier
	wake    chan struct{}
	// blind is set while the list does not show what is announced.
	blind atomic.Bool

	mu      sync.Mutex
	gate    chan struct{}           // closed when what was missed has been queued; nil: nothing was
	demands []demand                // of the next pass
	doubts  map[ledger.Key][]*doubt // which the next execution with that content settles
	chain   map[string]string       // which execution an announcing one tells of; "": not to be found out
	ready   time.Time               // when the start no longer waited for the first pass

	// The rest belongs to run.
	since time.Time // StackStorm's clock: everything before has been seen to
	tip   time.Time // the newest that was listed
	based bool      // since is known
	met   map[string]*sighting
	told  map[string]bool // the troubles that the administrators know of
}

// demand asks for a pass.
type demand struct {
	from time.Time // by StackStorm's clock, where the list is to begin; zero: anywhere
	done chan outcome
}

// outcome is what a pass found.
type outcome struct {
	pending bool      // something is about to be announced
	running time.Time // since when, by StackStorm's clock
	// announcing has what is being announced at this moment: the event may be there
	// while the execution has not ended.
	announcing map[ledger.Key]bool
	err        error
}

// settles reports whether everything with a content that has been announced was listed.
func (o *outcome) settles(k ledger.Key) bool { return o.err == nil && !o.announcing[k] }

// openRecovery reads how far announcements have been seen to.
func openRecovery(ctx context.Context, c *Courier) (*recovery, error) {
	v := &recovery{
		courier: c, wake: make(chan struct{}, 1), doubts: map[ledger.Key][]*doubt{},
		chain: map[string]string{}, met: map[string]*sighting{}, told: map[string]bool{},
	}
	since, err := store.Load[time.Time](ctx, c.Store, recoveryKey)
	switch {
	case err == nil:
		v.since, v.tip, v.based = since, since, true
	case !errors.Is(err, store.ErrNotFound):
		return nil, fmt.Errorf("read how far announcements were seen to: %w", err)
	}
	return v, nil
}

// prepare waits for the first pass of all, but not for long.
func (v *recovery) prepare(ctx context.Context) {
	known, err := v.courier.Store.Keys(ctx, recoveryKey)
	if err == nil && len(known) > 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	v.now(ctx, time.Time{})
	v.mu.Lock()
	defer v.mu.Unlock()
	v.ready = time.Now()
}

// run makes passes until ctx ends.
func (v *recovery) run(ctx context.Context) error {
	clock := time.NewTicker(v.courier.Every)
	defer clock.Stop()
	var retry <-chan time.Time
	var room <-chan struct{} // closed when a pass that found none is worth another
	swept := false
	for {
		full := !swept
		select {
		case <-ctx.Done():
			return nil
		case <-clock.C:
			full = true
		case <-room:
			room, retry = nil, time.After(retryPass)
			continue
		case <-retry:
		case <-v.wake:
		}
		freed := v.courier.lanes.space.freed()
		v.mu.Lock()
		gate, demands := v.gate, v.demands
		v.demands = nil
		doubts := slices.Concat(slices.Collect(maps.Values(v.doubts))...)
		v.mu.Unlock()
		out := v.pass(ctx, full, demands)
		swept = swept || out.err == nil
		for _, d := range doubts {
			if out.settles(d.key) {
				d.judged.Store(true)
			}
		}
		if gate != nil {
			v.finish(ctx, out)
		}
		retry, room = nil, nil
		switch {
		case errors.Is(out.err, errFull):
			room, gate = freed, nil // the gate stays closed
		case errors.Is(out.err, client.ErrCredentialRejected), errors.Is(out.err, client.ErrUserGone):
			// That does not pass soon: what the stream brings need not wait.
		case out.err != nil && gate != nil && !v.blind.Load():
			retry, gate = time.After(retryPass), nil
		}
		for _, d := range demands {
			d.done <- out
		}
		v.open(gate)
	}
}

// finish makes passes until what was about to be announced when the stream began is
// announced: its event came before the stream, and nothing after it may overtake it.
func (v *recovery) finish(ctx context.Context, out outcome) {
	begin := v.tip
	for delay := firstLook; out.pending && !out.running.After(begin) && delay < finishLongest && pause(ctx, delay); delay *= 2 {
		out = v.pass(ctx, false, nil)
	}
}

// open lets what the stream brings pass, if gate is still the one that it waits for.
func (v *recovery) open(gate chan struct{}) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if gate != nil && v.gate == gate {
		v.gate = nil
		close(gate)
	}
}

// reconnected tells that the stream begins anew: what was missed comes before it.
func (v *recovery) reconnected() {
	v.mu.Lock()
	if v.gate == nil {
		v.gate = make(chan struct{})
	}
	v.mu.Unlock()
	signal(v.wake)
}

// awaitMissed waits until what was missed has been queued, but not for long.
func (v *recovery) awaitMissed(ctx context.Context) {
	v.mu.Lock()
	gate := v.gate
	v.mu.Unlock()
	if gate == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, gateLongest)
	defer cancel()
	select {
	case <-gate:
	case <-ctx.Done():
		v.open(gate)
	}
}

// now makes a pass that begins after the call and returns what it found.
func (v *recovery) now(ctx context.Context, from time.Time) outcome {
	d := demand{from: from, done: make(chan outcome, 1)}
	v.mu.Lock()
	v.demands = append(v.demands, d)
	v.mu.Unlock()
	signal(v.wake)
	ctx, cancel := context.WithTimeout(ctx, demandLongest)
	defer cancel()
	select {
	case out := <-d.done:
		return out
	case <-ctx.Done():
		return outcome{err: ctx.Err()}
	}
}
