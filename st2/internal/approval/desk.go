package approval

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot/store"
)

// How many commands can wait at once.
const (
	maxWaiting   = 200
	maxPerPerson = 5
)

// keyPrefix begins the keys of what waits.
const keyPrefix = "approval/"

// Errors that callers decide on; those returned wrap them.
var (
	ErrTooMany     = errors.New("too many commands wait")
	ErrGone        = errors.New("the command does not wait any more")
	ErrTwice       = errors.New("the same person has approved already")
	ErrOwn         = errors.New("nobody approves what they have asked for themselves")
	ErrNotAsked    = errors.New("the command waits for no approval")
	ErrNotRecorded = errors.New("it could not be recorded")
)

// Options are what a [Desk] is made of. All are needed.
type Options struct {
	Store store.Store
	Audit Audit
	TTL   time.Duration // for how long a command waits at most
	// Expired is called, one at a time, for each command whose time is over, also for
	// those whose time ran out while there was no desk.
	Expired func(ctx context.Context, c *Command)
}

// Desk knows the commands that wait. It is safe for concurrent use; its methods may wait for
// the store.
type Desk struct {
	Options
	added chan struct{} // has an element when a command has come to wait

	mu  sync.Mutex
	all map[string]*waiting // by ID
}

// Open returns a desk with what waits in the store. The caller runs [Desk.Run].
func Open(ctx context.Context, o Options) (*Desk, error) {
	d := &Desk{Options: o, added: make(chan struct{}, 1), all: map[string]*waiting{}}
	keys, err := o.Store.Keys(ctx, keyPrefix)
	if err != nil {
		return nil, fmt.Errorf("read the commands that wait for approval: %w", err)
	}
	for _, key := range keys {
		w, err := store.Load[*waiting](ctx, o.Store, key)
		if err != nil {
			return nil, fmt.Errorf("read the commands that wait for approval: %w", err)
		}
		d.all[w.ID] = w
	}
	return d, nil
}

// Hold lets a command wait, and returns it with its ID and end, and what its second factor has
// to tell. The error is ErrTooMany, or ErrNotRecorded.
func (d *Desk) Hold(ctx context.Context, c Command) (_ *Command, factor string, err error) {
	factor = newFactor()
	w := &waiting{Command: c, FactorSum: sha256.Sum256([]byte(factor))}
	w.Expires = time.Now().Add(d.TTL)
	if err := d.add(w); err != nil {
		return nil, "", err
	}
	if err := errors.Join(d.save(ctx, w.ID), d.Audit.Add(ctx, w.Entry(Requested))); err != nil {
		return nil, "", errors.Join(ErrNotRecorded, err, d.Drop(ctx, w.ID))
	}
	select {
	case d.added <- struct{}{}:
	default:
	}
	return &w.Command, factor, nil
}

// add gives w an id and lets it in.
func (d *Desk) add(w *waiting) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	of := 0
	for _, other := range d.all {
		if same(other.Asker, w.Asker) {
			of++
		}
	}
	if of >= maxPerPerson || len(d.all) >= maxWaiting {
		return ErrTooMany
	}
	for w.ID == "" || d.all[w.ID] != nil {
		w.ID = newID()
	}
	d.all[w.ID] = w
	return nil
}

// Get returns a command that waits, nil when there is none of that id.
func (d *Desk) Get(id string) *Command {
	d.mu.Lock()
	defer d.mu.Unlock()
	if w := d.openLocked(id); w != nil {
		return &w.Command
	}
	return nil
}

// openLocked returns what waits and whose time is not over. d.mu is held.
func (d *Desk) openLocked(id string) *waiting {
	if w := d.all[id]; w != nil && time.Now().Before(w.Expires) {
		return w
	}
	return nil
}

// Approve takes the approval of somebody who may give it. When nothing is missing any more
// the command does not wait any longer, and the caller runs it: that happens once. The error
// is ErrGone, ErrOwn, ErrNotAsked, ErrTwice, or ErrNotRecorded, with which the command is
// given up.
func (d *Desk) Approve(ctx context.Context, id string, said *backend.Message) (*Command, Missing, error) {
	return d.change(ctx, id, func(w *waiting) (Entry, error) {
		switch {
		case same(w.Asker, said.From):
			return Entry{}, ErrOwn
		case w.Rule.Approvals == 0:
			return Entry{}, ErrNotAsked
		}
		for _, other := range w.Approvers {
			if same(other, said.From) {
				return Entry{}, ErrTwice
			}
		}
		w.Approvers = append(w.Approvers, said.From)
		return w.entryBy(Approved, said), nil
	})
}

// Confirm takes the second factor, as [Desk.Approve] does an approval. The error is ErrGone
// where no command waits for it.
func (d *Desk) Confirm(ctx context.Context, factor string) (*Command, Missing, error) {
	return d.change(ctx, d.idOf(sha256.Sum256([]byte(factor))), func(w *waiting) (Entry, error) {
		w.Factor = true
		return w.Entry(Confirmed), nil
	})
}

// idOf returns the id of the command with a second factor, "" when there is none.
func (d *Desk) idOf(sum [sha256.Size]byte) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, w := range d.all {
		if w.isFactor(sum) {
			return id
		}
	}
	return ""
}

// change lets something be given for a command, and records it.
func (d *Desk) change(ctx context.Context, id string, give func(w *waiting) (Entry, error)) (*Command, Missing, error) {
	d.mu.Lock()
	w := d.openLocked(id)
	if w == nil {
		d.mu.Unlock()
		return nil, Missing{}, ErrGone
	}
	entry, err := give(w)
	missing := w.missing()
	if err == nil && missing.Nothing() {
		delete(d.all, id)
	}
	d.mu.Unlock()
	if err != nil {
		return &w.Command, missing, err
	}
	if err := errors.Join(d.save(ctx, id), d.Audit.Add(ctx, entry)); err != nil {
		return &w.Command, missing, errors.Join(ErrNotRecorded, err, d.Drop(ctx, id))
	}
	return &w.Command, missing, nil
}

// Deny ends a command's waiting because somebody says so: who asked for it withdraws it. It
// returns what happened, [Denied] or [Withdrawn]. The error is ErrGone, or one of the store,
// and then the command does not wait any more either.
func (d *Desk) Deny(ctx context.Context, id string, said *backend.Message) (event string, err error) {
	c := d.end(id)
	if c == nil {
		return "", ErrGone
	}
	entry := c.entryBy(Denied, said)
	if same(c.Asker, said.From) {
		entry = c.Entry(Withdrawn)
	}
	return entry.Event, errors.Join(d.save(ctx, id), d.Audit.Add(ctx, entry))
}

// Drop ends a command's waiting without a record.
func (d *Desk) Drop(ctx context.Context, id string) error {
	d.end(id)
	return d.save(ctx, id)
}

// IsOf reports whether it was p who asked for c.
func (c *Command) IsOf(p backend.Person) bool { return same(c.Asker, p) }

// end ends a command's waiting; nil when it did not wait.
func (d *Desk) end(id string) *Command {
	d.mu.Lock()
	defer d.mu.Unlock()
	w := d.all[id]
	if w == nil {
		return nil
	}
	delete(d.all, id)
	return &w.Command
}

// save writes what is known of a command now, and removes one that does not wait any more.
func (d *Desk) save(ctx context.Context, id string) error {
	return d.Store.Update(ctx, keyPrefix+id, func([]byte) ([]byte, error) {
		d.mu.Lock()
		defer d.mu.Unlock()
		w := d.all[id]
		if w == nil {
			return nil, nil
		}
		return json.Marshal(w)
	})
}
