package delivery

import (
	"context"
	"errors"
	"time"

	"github.com/go-errbot/errbot/bot/store"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/ledger"
)

const (
	// listSlack is how far behind the newest announcement a list begins again: the
	// clocks of StackStorm's machines may differ by half of it.
	listSlack = 10 * time.Minute
	// unexplainedAfter is when an announcement's execution should have been listed.
	unexplainedAfter = 2 * time.Minute
)

// What the administrators are told when the list does not show what is announced.
const (
	mayNotList = "StackStorm does not let the bot list executions. Results arrive, but what is announced while the stream is down is lost. Give the bot's user the permission execution_list."
	doesNotSee = "StackStorm does not show the bot the executions that announce results. Results arrive, but what is announced while the stream is down is lost. Let the bot's user see the executions of other users."
)

// pass lists what was announced and queues what is new: all since the last time, if full or if a
// demand says so, or else what is newest.
func (v *recovery) pass(ctx context.Context, full bool, demands []demand) (out outcome) {
	ctx, cancel := context.WithTimeout(ctx, passTimeout)
	defer cancel()
	out.announcing = map[ledger.Key]bool{}
	if !v.based {
		out.err = v.base(ctx)
	}
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
	case out.err != nil:
	case full:
		out.err = v.sweep(ctx, after, &out)
	default:
		out.err = v.glance(ctx, &out)
	}
	v.judge(ctx, out.err, full)
	return out
}

// base finds out, at the very first start, what was announced before: everything that is listed,
// or, when the bot could not wait for the list, what was announced until it was ready.
func (v *recovery) base(ctx context.Context) error {
	var old []ledger.Entry
	var newest, limit time.Time
	for offset := 0; ; offset += pageSize {
		q := client.ExecutionQuery{Runner: "announcement", NewestFirst: true, Offset: offset, Include: sightFields}
		page, err := v.courier.StackStorm.Executions(ctx, q)
		if err != nil {
			return err
		}
		if offset == 0 && len(page.Executions) > 0 {
			newest = page.Executions[0].Start
			limit = v.before(page.Date, newest)
		}
		reached := true // the end of what a list could ever show again
		for _, e := range page.Executions {
			reached = e.Start.Before(limit.Add(-2 * listSlack))
			if e.Status.Final() && !reached && e.Start.Before(limit) {
				old = append(old, ledger.Entry{ID: e.ID, Start: e.Start})
			}
		}
		if reached || !page.More {
			break
		}
	}
	if err := v.courier.ledger.Baseline(ctx, old); err != nil {
		return err
	}
	for _, e := range old {
		v.meet(e.ID, e.Start).settled = true
	}
	v.tip, v.based = newest, true
	return v.advance(ctx, limit)
}

// before returns until when announcements count as old, by StackStorm's clock, whose present
// time is known to the second; newest is the last that it lists.
func (v *recovery) before(date, newest time.Time) time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	after := newest.Add(time.Microsecond)
	if v.ready.IsZero() || date.IsZero() {
		return after
	}
	if ready := date.Add(-time.Since(v.ready)); ready.Before(after) {
		return ready
	}
	return after
}

// advance records that everything before t has been seen to.
func (v *recovery) advance(ctx context.Context, t time.Time) error {
	if !t.After(v.since) && !v.since.IsZero() {
		return nil
	}
	v.since = t
	return store.Save(ctx, v.courier.Store, recoveryKey, t)
}

// judge draws conclusions from how a pass ended.
func (v *recovery) judge(ctx context.Context, err error, full bool) {
	c := v.courier
	switch {
	case errors.Is(err, client.ErrForbidden):
		v.blind.Store(true)
		v.tell(mayNotList)
	case err != nil && ctx.Err() == nil:
		c.Log.Debug("what was announced could not be listed", "error", err)
	case err == nil && full:
		blind := c.ledger.Unexplained(time.Now().Add(-unexplainedAfter))
		v.blind.Store(blind)
		if blind {
			v.tell(doesNotSee)
		}
	}
	if err != nil && !v.blind.Load() {
		return
	}
	oldest := v.since.Add(-2 * listSlack)
	v.forgetBefore(oldest)
	if err := c.ledger.Prune(ctx, oldest, time.Now()); err != nil {
		c.Log.Warn("what was announced long ago could not be forgotten", "error", err)
	}
}

// tell tells the administrators something once.
func (v *recovery) tell(text string) {
	if v.told[text] {
		return
	}
	v.told[text] = true
	v.courier.Log.Warn(text)
	v.courier.Chat.NotifyAdmins(text)
}
