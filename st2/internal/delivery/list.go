package delivery

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/ledger"
)

const (
	// pageSize is how many executions StackStorm lists at once to anybody.
	pageSize = 100
	// glancePages is how many pages a look at what is newest has at most.
	glancePages = 5
	// stuckLongest is for how long an announcing execution is waited for that does not end.
	stuckLongest = time.Hour
)

var (
	// announcementFields are the attributes of an execution that its announcement is read from.
	announcementFields = []string{"status", "start_timestamp", "parameters", "action", "runner", "result", "context"}
	// sightFields tell whether the rest has to be read.
	sightFields = []string{"status", "start_timestamp"}
)

// sighting is what is known of an announcing execution that was listed.
type sighting struct {
	start   time.Time
	settled bool // it has been seen to: there is no need to read it again
	running bool // when it was last read
}

// meet returns what is known of an execution.
func (v *recovery) meet(id string, start time.Time) *sighting {
	s := v.met[id]
	if s == nil {
		s = &sighting{start: start}
		v.met[id] = s
	}
	return s
}

func (v *recovery) isSettled(id string) bool { return v.met[id] != nil && v.met[id].settled }

// forgetBefore forgets executions that no list shows any more.
func (v *recovery) forgetBefore(t time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	maps.DeleteFunc(v.met, func(id string, s *sighting) bool {
		if !s.start.Before(t) {
			return false
		}
		delete(v.chain, id)
		return true
	})
}

// sweep sees to all that was announced after a time, oldest first, and advances: also when it
// does not reach the end, for the next one has to get further.
func (v *recovery) sweep(ctx context.Context, after time.Time, out *outcome) error {
	if after.Before(time.Unix(0, 0)) {
		after = time.Unix(0, 0) // nothing was announced before the first start
	}
	reached, held := v.since, false // how far everything has been delivered
	for offset := 0; ; offset += pageSize {
		q := client.ExecutionQuery{Runner: "announcement", After: after, Offset: offset, Include: sightFields}
		page, err := v.courier.StackStorm.Executions(ctx, q)
		var unsettled []client.Execution
		if err == nil {
			unsettled, err = v.unsettled(ctx, page.Executions)
		}
		var states map[string]progress
		if err == nil {
			states, err = v.see(ctx, unsettled, out)
		}
		for i := range page.Executions {
			e := &page.Executions[i]
			state, seen := states[e.ID]
			if err == nil && !seen { // or it cannot be read
				v.meet(e.ID, e.Start).settled = true
			}
			left := err != nil && !seen && !v.isSettled(e.ID)
			held = held || left || state == underWay || state == running && e.Start.After(v.tip.Add(-stuckLongest))
			if !held && e.Start.After(reached) {
				reached = e.Start
			}
		}
		if err != nil || !page.More {
			ctx = context.WithoutCancel(ctx) // what has been found counts
			return errors.Join(err, v.courier.ledger.Flush(ctx), v.advance(ctx, reached))
		}
	}
}

// unsettled returns, of executions that were listed, those that have yet to be seen to, oldest
// first. Those that only wait for the chat have been read before and are not read again.
func (v *recovery) unsettled(ctx context.Context, listed []client.Execution) (all []client.Execution, err error) {
	var ids []string
	for _, e := range listed {
		switch {
		case v.isSettled(e.ID):
		case v.met[e.ID] != nil && v.courier.ledger.Find(e.ID) != nil:
			all = append(all, e)
		default:
			ids = append(ids, e.ID)
		}
	}
	for some := range slices.Chunk(ids, pageSize) {
		read, err := v.read(ctx, some)
		if err != nil {
			return nil, err
		}
		all = append(all, read...)
	}
	slices.SortStableFunc(all, func(a, b client.Execution) int { return a.Start.Compare(b.Start) })
	return all, nil
}

// read reads executions, oldest first; fewer at once when they are too large together. One that
// is too large by itself is left out.
func (v *recovery) read(ctx context.Context, ids []string) ([]client.Execution, error) {
	page, err := v.courier.StackStorm.Executions(ctx, client.ExecutionQuery{IDs: ids, Include: announcementFields})
	if !errors.Is(err, client.ErrTooLarge) {
		slices.Reverse(page.Executions)
		return page.Executions, err
	}
	if len(ids) == 1 {
		v.courier.Log.Error("an announcement is too large to be read from the list of executions", "execution", ids[0], "error", err)
		return nil, nil
	}
	first, err := v.read(ctx, ids[:len(ids)/2])
	if err != nil {
		return nil, err
	}
	rest, err := v.read(ctx, ids[len(ids)/2:])
	return append(first, rest...), err
}

// glance sees to what was announced last, back to a page with nothing new on it, and to what
// had not ended before. When there is much, it sweeps.
func (v *recovery) glance(ctx context.Context, out *outcome) error {
	var latest []client.Execution
	for n := range glancePages + 1 {
		if n == glancePages {
			return v.sweep(ctx, v.since.Add(-listSlack), out)
		}
		q := client.ExecutionQuery{Runner: "announcement", NewestFirst: true, Offset: n * pageSize, Include: sightFields}
		page, err := v.courier.StackStorm.Executions(ctx, q)
		if err != nil {
			return err
		}
		latest = append(latest, page.Executions...)
		isNew := func(e client.Execution) bool { return e.Start.After(v.since) && v.met[e.ID] == nil }
		if !page.More || !slices.ContainsFunc(page.Executions, isNew) {
			break
		}
	}
	slices.Reverse(latest)
	latest = slices.DeleteFunc(latest, func(e client.Execution) bool { return !e.Start.After(v.since.Add(-listSlack)) })
	unsettled, err := v.unsettled(ctx, append(v.stillRunning(latest), latest...))
	if err != nil {
		return err
	}
	_, err = v.see(ctx, unsettled, out)
	return err
}

// stillRunning returns the executions that had not ended when they were last read, without those
// that have just been listed.
func (v *recovery) stillRunning(listed []client.Execution) (older []client.Execution) {
	for id, s := range v.met {
		if s.running && !slices.ContainsFunc(listed, func(e client.Execution) bool { return e.ID == id }) {
			older = append(older, client.Execution{ID: id, Start: s.start})
		}
	}
	return older
}

// progress is how far an announcing execution has come.
type progress int

const (
	over     progress = iota // delivered, or not ours
	running                  // it has not announced yet
	underWay                 // not in the chat yet
)

// see sees to executions, oldest first, and returns how far each has come. After an error those
// that follow are missing.
func (v *recovery) see(ctx context.Context, list []client.Execution, out *outcome) (map[string]progress, error) {
	if err := v.follow(ctx, list); err != nil {
		return nil, err
	}
	states := map[string]progress{}
	for i := range list {
		e := &list[i]
		if e.Start.After(v.tip) {
			v.tip = e.Start
		}
		state, err := v.take(ctx, e)
		if err != nil {
			return states, err
		}
		states[e.ID] = state
		s := v.meet(e.ID, e.Start)
		s.settled, s.running = state == over, state == running && e.Start.After(v.tip.Add(-stuckLongest))
		if state == running {
			out.note(e)
		}
	}
	return states, nil
}

// note notes an execution that is about to announce.
func (o *outcome) note(e *client.Execution) {
	if !o.pending || e.Start.Before(o.running) {
		o.pending, o.running = true, e.Start
	}
	if a, err := e.Announcing(); err == nil && e.Status == client.StatusRunning {
		o.announcing[contentKey(a)] = true
	}
}

// take sees to one announcing execution.
func (v *recovery) take(ctx context.Context, e *client.Execution) (progress, error) {
	c := v.courier
	if entry := c.ledger.Find(e.ID); entry != nil {
		done := c.ledger.Done(entry)
		v.answered(ctx, e.ID, entry, done)
		if done {
			return over, nil
		}
		return underWay, nil
	}
	switch {
	case e.AnnouncementRoute() != c.Route:
		return over, nil
	case !e.Status.Final():
		c.commands.postpone(v.commandOf(e.ID))
		return running, nil
	case e.Status != client.StatusSucceeded:
		v.explain(e)
		return over, nil
	}
	a, err := e.Announcement()
	if err != nil {
		c.Log.Warn("an announcement from the list of executions was left out", "execution", e.ID, "error", err)
		return over, c.ledger.Baseline(ctx, []ledger.Entry{{ID: e.ID, Start: e.Start}})
	}
	return underWay, c.listed(ctx, a, e, v.commandOf(e.ID))
}

// explain finds the event of an execution that announced something and failed afterwards.
func (v *recovery) explain(e *client.Execution) {
	if a, err := e.Announcing(); err == nil {
		v.courier.ledger.Claim(contentKey(a), e.ID, e.Start)
	}
}
