package approval

import (
	"context"
	"errors"
	"time"
)

// idle is how long [Desk.Run] sleeps when nothing waits.
const idle = time.Hour

// Run ends the waiting of commands whose time is over, until ctx ends.
func (d *Desk) Run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-d.added:
		case <-timer.C:
		}
		over, next := d.takeExpired(time.Now())
		for _, c := range over {
			if err := errors.Join(d.save(ctx, c.ID), d.Audit.Add(ctx, c.Entry(Expired))); err != nil {
				d.Audit.Log.Error("the end of a command that waited was not recorded", "id", c.ID, "error", err)
			}
			d.Expired(ctx, c)
		}
		timer.Reset(next)
	}
}

// takeExpired ends what has expired at a time, and returns it, with how long the next one
// has.
func (d *Desk) takeExpired(now time.Time) (over []*Command, next time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	next = idle
	for id, w := range d.all {
		if left := w.Expires.Sub(now); left > 0 {
			next = min(next, left)
			continue
		}
		delete(d.all, id)
		over = append(over, &w.Command)
	}
	return over, next
}
