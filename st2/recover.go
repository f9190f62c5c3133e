package st2

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
	// listSlack is how far behind the newest announcement a list begins again: the
	// clocks of StackStorm's machines may differ by half of it.
	listSlack = 10 * time.Minute
	// stuckLongest is for how long an announcing execution is waited for that does not end.
	stuckLongest = time.Hour
	passTimeout  = 2 * time.Minute
	// retryDoubts is how many times the pause of a doubt a failed pass is tried again
	// after, while the stream waits for it.
	retryDoubts = 20
	// gateLongest is for how long what the stream brings waits for what was missed.
	gateLongest = 5 * time.Second
	// demandLongest is for how long anybody waits for a pass: one that waits itself for
	// room in the lanes must not be waited for by these.
	demandLongest = 15 * time.Second
	// unexplainedAfter is when an announcement's execution should have been listed.
	unexplainedAfter = 2 * time.Minute
)

// announcementFields are the attributes of an execution that its announcement is read from.
var announcementFields = []string{"status", "start_timestamp", "parameters", "action", "runner", "result", "context"}

// recovery finds, in StackStorm's list of executions, the announcements that the stream did
// not bring: whenever the stream is connected, on a clock, and on demand.
type recovery struct {
	life  *life
	every time.Duration
	first bool // nothing has been announced here before
	wake  chan struct{}
	// blind is set while the list does not show what is announced.
	blind atomic.Bool

	mu      sync.Mutex
	gate    chan struct{}           // closed when what was missed has been queued; nil: nothing was
	demands []demand                // of the next pass
	doubts  map[ledger.Key][]*doubt // which the next execution with that content settles
	chain   map[string]string       // which execution an announcing one tells of, by its id

	// The rest belongs to run.
	since time.Time // StackStorm's clock: everything before has been seen to
	tip   time.Time // the newest that was listed
	based bool      // since is known
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

func (o *outcome) add(other outcome) {
	if other.pending && (!o.pending || other.running.Before(o.running)) {
		o.pending, o.running = true, other.running
	}
	if o.announcing == nil {
		o.announcing = map[ledger.Key]bool{}
	}
	maps.Copy(o.announcing, other.announcing)
	o.err = errors.Join(o.err, other.err)
}

// doubt is an announcement of the stream whose content was delivered before.
type doubt struct {
	key   ledger.Key
	entry chan *ledger.Entry // has the entry when an execution of its own was found
	// judged is set when a list that was made after the event has no such execution.
	judged atomic.Bool
}

func newRecovery(ctx context.Context, l *life, every time.Duration) (*recovery, error) {
	v := &recovery{life: l, every: every, wake: make(chan struct{}, 1), doubts: map[ledger.Key][]*doubt{}, chain: map[string]string{}}
	since, err := store.Load[time.Time](ctx, l.host.Store, recoveryKey)
	switch {
	case err == nil:
		v.since, v.tip, v.based = since, since, true
	case !errors.Is(err, store.ErrNotFound):
		return nil, fmt.Errorf("read how far announcements were seen to: %w", err)
	}
	v.first = !v.based
	return v, nil
}

// run makes passes until ctx ends.
func (v *recovery) run(ctx context.Context) error {
	clock := time.NewTicker(v.every)
	defer clock.Stop()
	var retry <-chan time.Time
	for {
		full := false
		select {
		case <-ctx.Done():
			return nil
		case <-clock.C:
			full = true
		case <-retry:
		case <-v.wake:
		}
		v.mu.Lock()
		gate, demands := v.gate, v.demands
		v.demands = nil
		doubts := slices.Concat(slices.Collect(maps.Values(v.doubts))...)
		v.mu.Unlock()
		out := v.pass(ctx, full || gate != nil, demands)
		for _, d := range doubts {
			if out.settles(d.key) {
				d.judged.Store(true)
			}
		}
		if gate != nil {
			v.finish(ctx, out)
		}
		retry = nil
		if out.err != nil && gate != nil && !v.blind.Load() {
			retry, gate = time.After(retryDoubts*v.life.pace.doubt), nil // it stays closed
		}
		for _, d := range demands {
			d.done <- out
		}
		v.open(gate)
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

// finish makes passes until what was about to be announced when the stream began is
// announced: its event came before the stream, and nothing after it may overtake it.
func (v *recovery) finish(ctx context.Context, out outcome) {
	begin := v.tip
	for delay := v.life.pace.doubt; out.pending && !out.running.After(begin) && delay < gateLongest && pause(ctx, delay); delay *= 2 {
		out = v.pass(ctx, false, nil)
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

// commandOf returns the execution whose result another one announced, as far as the passes
// have found out.
func (v *recovery) commandOf(id string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.chain[id]
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

// pass lists what was announced and queues what is new.
func (v *recovery) pass(ctx context.Context, full bool, demands []demand) outcome {
	ctx, cancel := context.WithTimeout(ctx, passTimeout)
	defer cancel()
	var out outcome
	after := v.since.Add(-listSlack)
	for _, d := range demands {
		if !d.from.IsZero() {
			full = true
			if d.from.Before(after) {
				after = d.from
			}
		}
	}
	switch {
	case !v.based:
		out.err = v.base(ctx)
	case full:
		out = v.sweep(ctx, after)
	default:
		out = v.glance(ctx)
	}
	v.judge(ctx, out.err, full)
	return out
}

// judge draws conclusions from how a pass ended.
func (v *recovery) judge(ctx context.Context, err error, full bool) {
	l := v.life
	switch {
	case errors.Is(err, client.ErrForbidden):
		v.blind.Store(true)
		v.tell("StackStorm does not let the bot list executions. Results arrive, but what is announced while the stream is down is lost. Give the bot's user the permission execution_list.")
	case err != nil && ctx.Err() == nil:
		l.log.Debug("what was announced could not be listed", "error", err)
	case err == nil && full:
		blind := l.ledger.Unexplained(time.Now().Add(-unexplainedAfter))
		v.blind.Store(blind)
		if blind {
			v.tell("StackStorm does not show the bot the executions that announce results. Results arrive, but what is announced while the stream is down is lost. Let the bot's user see the executions of other users.")
		}
	}
	swept := time.Now()
	if err != nil && !v.blind.Load() {
		return
	}
	if err := l.ledger.Prune(ctx, v.since.Add(-2*listSlack), swept); err != nil {
		l.log.Warn("what was announced long ago could not be forgotten", "error", err)
	}
}

func (v *recovery) tell(text string) {
	if v.life.said.first(text) {
		v.life.log.Warn(text)
		v.life.host.NotifyAdmins(text)
	}
}

// begin finds out, before the stream opens for the first time, what was announced already. It
// does not wait long.
func (v *recovery) begin(ctx context.Context) {
	if !v.first {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	v.now(ctx, time.Time{})
}
