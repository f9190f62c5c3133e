package st2

import (
	"cmp"
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
	for {
		full := false
		select {
		case <-ctx.Done():
			return nil
		case <-clock.C:
			full = true
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
		for _, d := range demands {
			d.done <- out
		}
		v.mu.Lock()
		if v.gate == gate {
			v.gate = nil
		}
		v.mu.Unlock()
		if gate != nil {
			close(gate)
		}
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

// base finds out, at the very first start, what was announced before.
func (v *recovery) base(ctx context.Context) error {
	var old []ledger.Entry
	var newest time.Time
	for offset := 0; ; {
		q := client.ExecutionQuery{Runner: "announcement", NewestFirst: true, Offset: offset, Include: []string{"status", "start_timestamp"}}
		page, err := v.life.client.Executions(ctx, q)
		if err != nil {
			return err
		}
		for _, e := range page.Executions {
			if newest.IsZero() {
				newest = e.Start
			}
			if e.Status.Final() && e.Start.After(newest.Add(-2*listSlack)) {
				old = append(old, ledger.Entry{ID: e.ID, Start: e.Start})
			}
		}
		n := len(page.Executions)
		offset += pageSize
		if n == 0 || offset >= page.Total || page.Executions[n-1].Start.Before(newest.Add(-2*listSlack)) {
			break
		}
	}
	if err := v.life.ledger.Baseline(ctx, old); err != nil {
		return err
	}
	v.tip, v.based = newest, true
	return v.advance(ctx, newest)
}

// pageSize is how many executions StackStorm lists at once to anybody.
const pageSize = 100

// advance records that everything before t has been seen to.
func (v *recovery) advance(ctx context.Context, t time.Time) error {
	if v.based && !t.After(v.since) && !v.since.IsZero() {
		return nil
	}
	v.since = t
	return store.Save(ctx, v.life.host.Store, recoveryKey, t)
}

// sweep sees to all that was announced after a time, oldest first, and advances.
func (v *recovery) sweep(ctx context.Context, after time.Time) (out outcome) {
	if after.Before(time.Unix(0, 0)) {
		after = time.Unix(0, 0) // nothing was announced before the first start
	}
	reached, held := v.since, false // how far everything has been delivered
	for offset := 0; out.err == nil; offset += pageSize {
		q := client.ExecutionQuery{Runner: "announcement", After: after, Offset: offset, Include: announcementFields}
		page, err := v.life.client.Executions(ctx, q)
		if err != nil {
			return outcome{err: err}
		}
		out.add(v.see(ctx, page.Executions, func(e *client.Execution, state progress) {
			held = held || state == running && e.Start.After(v.tip.Add(-stuckLongest)) || state == underWay
			if !held && e.Start.After(reached) {
				reached = e.Start
			}
		}))
		if offset+pageSize >= page.Total {
			break
		}
	}
	if out.err == nil {
		out.err = errors.Join(v.life.ledger.Flush(ctx), v.advance(ctx, reached))
	}
	return out
}

// glance sees to what was announced last: back to a page with nothing new on it.
func (v *recovery) glance(ctx context.Context) (out outcome) {
	var latest []client.Execution
	for offset := 0; ; offset += pageSize {
		q := client.ExecutionQuery{Runner: "announcement", NewestFirst: true, Offset: offset, Include: announcementFields}
		page, err := v.life.client.Executions(ctx, q)
		if err != nil {
			return outcome{err: err}
		}
		latest = append(latest, page.Executions...)
		isNew := func(e client.Execution) bool { return e.Start.After(v.since) && !v.life.ledger.Seen(e.ID) }
		if offset+pageSize >= page.Total || !slices.ContainsFunc(page.Executions, isNew) {
			break
		}
	}
	latest = slices.DeleteFunc(latest, func(e client.Execution) bool { return !e.Start.After(v.since.Add(-listSlack)) })
	slices.Reverse(latest)
	return v.see(ctx, latest, func(*client.Execution, progress) {})
}

// see sees to executions, oldest first, and tells how far each has come.
func (v *recovery) see(ctx context.Context, list []client.Execution, tell func(e *client.Execution, state progress)) (out outcome) {
	v.follow(ctx, list)
	for i := range list {
		e := &list[i]
		if e.Start.After(v.tip) {
			v.tip = e.Start
		}
		state, err := v.take(ctx, e)
		if err != nil {
			return outcome{err: err}
		}
		if state == running {
			out.add(outcome{pending: true, running: e.Start, announcing: announcing(e)})
		}
		tell(e, state)
	}
	return out
}

// announcing returns what an execution that has not ended is announcing.
func announcing(e *client.Execution) map[ledger.Key]bool {
	a, err := e.Announcing()
	if err != nil || e.Status != client.StatusRunning {
		return nil
	}
	return map[ledger.Key]bool{contentKey(a): true}
}

// How far an announcing execution has come.
type progress int

const (
	over     progress = iota // delivered, or not ours
	running                  // it has not announced yet
	underWay                 // not in the chat yet
)

// take sees to one announcing execution.
func (v *recovery) take(ctx context.Context, e *client.Execution) (progress, error) {
	l := v.life
	switch {
	case e.AnnouncementRoute() != l.cfg.RouteKey:
		return over, nil
	case !e.Status.Final():
		l.tracker.postpone(v.commandOf(e.ID))
		return running, nil
	case e.Status != client.StatusSucceeded:
		return over, nil
	}
	done := l.ledger.Done(e.ID)
	v.answered(ctx, e.ID, done)
	if done {
		return over, nil
	}
	a, err := e.Announcement()
	if err != nil {
		l.log.Warn("an announcement from the list of executions was left out", "execution", e.ID, "error", err)
		return over, l.ledger.Baseline(ctx, []ledger.Entry{{ID: e.ID, Start: e.Start}})
	}
	err = l.acceptListed(ctx, a, e, v.commandOf(e.ID))
	return underWay, err
}

// answered tells the tracker whose result was announced, and whether it has been delivered.
func (v *recovery) answered(ctx context.Context, id string, delivered bool) {
	l := v.life
	guess, actual := l.ledger.Answers(id), v.commandOf(id)
	if actual == "" {
		actual = guess
	}
	c := l.tracker.get(actual)
	if c == nil || l.tracker.isSpent(c) {
		return
	}
	l.tracker.certain(l.tracker.get(guess), c)
	if delivered {
		l.forget(ctx, c)
	}
}

// follow finds out which commands' results the announcements of a page are: an announcement is
// made by a workflow whose parameter names the execution.
func (v *recovery) follow(ctx context.Context, page []client.Execution) {
	if !v.life.tracker.open() {
		return
	}
	children := map[string][]string{}
	for i := range page {
		e := &page[i]
		parent := e.Origin().ParentID
		if v.commandOf(e.ID) == "" && parent != "" && e.AnnouncementRoute() == v.life.cfg.RouteKey {
			children[parent] = append(children[parent], e.ID)
		}
	}
	var parents []string
	for id := range children {
		parents = append(parents, id)
	}
	for ids := range slices.Chunk(parents, pageSize) {
		found, err := v.life.client.Executions(ctx, client.ExecutionQuery{IDs: ids, Include: []string{"parameters"}})
		if err != nil {
			v.life.log.Debug("the workflows of announcements could not be read", "error", err)
			return
		}
		v.link(found.Executions, children)
	}
}

// link notes which execution's result the children of some workflows are.
func (v *recovery) link(workflows []client.Execution, children map[string][]string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.chain) > maxTracked {
		clear(v.chain)
	}
	for _, w := range workflows {
		for _, child := range children[w.ID] {
			v.chain[child] = cmp.Or(w.Parameter("execution_id"), "none")
		}
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
