package st2

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/go-errbot/errbot/bot/store"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/ledger"
)

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
