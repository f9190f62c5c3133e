package st2

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot/store"
)

const (
	commandPrefix = "command/"
	maxTracked    = 5000 // commands; for more, the oldest are forgotten
	trackLongest  = 7 * 24 * time.Hour
	spentFor      = time.Hour // for how long a late announcement is known as one
)

// command is a run that the bot has started and whose result is still to come.
type command struct {
	ID      string      `json:"id"` // of the execution
	To      backend.Ref `json:"to"` // where it was asked
	User    string      `json:"user"`
	Channel string      `json:"channel"`
	Alias   string      `json:"alias"`
	At      time.Time   `json:"at"`      // by the own clock
	Started time.Time   `json:"started"` // by StackStorm's
	// Spent is when the bot told the result by itself; zero: it did not.
	Spent time.Time `json:"spent,omitzero"`

	// The rest is not stored, and guarded by tracker.mu.
	guessed bool      // an announcement was taken for its result, which is not yet certain
	final   time.Time // when it was seen to have ended, by the own clock
	next    time.Time // when it is looked at again
}

// tracker knows the commands whose results are still to come, also after a restart. It is
// safe for concurrent use.
type tracker struct {
	store store.Store

	mu  sync.Mutex
	all map[string]*command
}

func newTracker(ctx context.Context, s store.Store) (*tracker, error) {
	t := &tracker{store: s, all: map[string]*command{}}
	keys, err := s.Keys(ctx, commandPrefix)
	if err != nil {
		return nil, fmt.Errorf("read the commands under way: %w", err)
	}
	for _, key := range keys {
		c, err := store.Load[*command](ctx, s, key)
		if err != nil {
			return nil, fmt.Errorf("read the commands under way: %w", err)
		}
		t.all[c.ID] = c
	}
	return t, nil
}

// add remembers a command. When it returns without an error, its result finds its place also
// after a restart.
func (t *tracker) add(ctx context.Context, c *command) error {
	t.mu.Lock()
	t.all[c.ID] = c
	var oldest string
	if len(t.all) > maxTracked {
		oldest = slices.MinFunc(t.listLocked(), func(a, b *command) int { return a.At.Compare(b.At) }).ID
		delete(t.all, oldest)
	}
	t.mu.Unlock()
	err := t.save(ctx, c)
	if oldest != "" {
		err = errors.Join(err, t.store.Delete(ctx, commandPrefix+oldest))
	}
	return err
}

func (t *tracker) save(ctx context.Context, c *command) error {
	return store.Save(ctx, t.store, commandPrefix+c.ID, c)
}

// remove forgets a command: its result has been delivered, or none will come.
func (t *tracker) remove(ctx context.Context, id string) error {
	t.mu.Lock()
	_, known := t.all[id]
	delete(t.all, id)
	t.mu.Unlock()
	if !known {
		return nil
	}
	return t.store.Delete(ctx, commandPrefix+id)
}

// spend notes that the bot has told the result by itself: an announcement that comes
// after all is not delivered.
func (t *tracker) spend(ctx context.Context, c *command) error {
	t.mu.Lock()
	c.Spent = time.Now()
	t.mu.Unlock()
	return t.save(ctx, c)
}

// get returns the command of an execution, nil when it is not one of the bot's.
func (t *tracker) get(id string) *command {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.all[id]
}

// isSpent reports whether the bot has told the result of c by itself.
func (t *tracker) isSpent(c *command) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return c != nil && !c.Spent.IsZero()
}

// guess returns the command that an announcement of the stream may answer: the oldest of its
// channel and user, or the one whose execution the text names. It is certain when it makes
// no difference for where the announcement goes.
func (t *tracker) guess(channel, user, text string) (c *command, certain bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var open []*command
	certain = true
	for _, c := range t.listLocked() {
		switch {
		case c.Channel != channel || c.User != user:
		case !c.Spent.IsZero():
			certain = false // it may be the late result of this one
		case !c.guessed:
			open = append(open, c)
		}
	}
	if len(open) == 0 {
		return nil, certain
	}
	c = open[0]
	for _, other := range open {
		if strings.Contains(text, other.ID) {
			other.guessed = true
			return other, true
		}
		certain = certain && other.To.Thread == c.To.Thread && other.To.Place() == c.To.Place()
	}
	c.guessed = certain
	return c, certain
}

// certain corrects a guess: the announcement that was taken for the result of guess is that
// of actual.
func (t *tracker) certain(guess, actual *command) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if guess != nil && guess != actual {
		guess.guessed = false
	}
	actual.guessed = true
}

// open reports whether any result is still to come.
func (t *tracker) open() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.all) > 0
}

// due returns the commands to be looked at now: those older than young of which nothing has
// been heard. Long ones are looked at less often.
func (t *tracker) due(now time.Time, p pace) []*command {
	t.mu.Lock()
	defer t.mu.Unlock()
	var due []*command
	for _, c := range t.listLocked() {
		age := now.Sub(c.At)
		if c.guessed || !c.Spent.IsZero() || !c.final.IsZero() || age < p.young || now.Before(c.next) {
			continue
		}
		c.next = now.Add(min(age/10, time.Minute))
		due = append(due, c)
	}
	return due
}

// ended notes that an execution has been seen to have ended.
func (t *tracker) ended(id string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.all[id]; c != nil && c.final.IsZero() {
		c.final = now
	}
}

// postpone notes that the result of an execution is about to be announced.
func (t *tracker) postpone(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.all[id]; c != nil && !c.final.IsZero() {
		c.final = time.Now()
	}
}

// overdue returns the commands that ended before t and of which nothing has been heard.
func (t *tracker) overdue(before time.Time) []*command {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.DeleteFunc(t.listLocked(), func(c *command) bool {
		return c.guessed || !c.Spent.IsZero() || c.final.IsZero() || c.final.After(before)
	})
}

// old returns the commands of which nothing is expected any more.
func (t *tracker) old(now time.Time) []*command {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.DeleteFunc(t.listLocked(), func(c *command) bool {
		return now.Sub(c.At) < trackLongest && (c.Spent.IsZero() || now.Sub(c.Spent) < spentFor)
	})
}

// listLocked returns the commands, oldest first. t.mu is held.
func (t *tracker) listLocked() []*command {
	list := make([]*command, 0, len(t.all))
	for _, c := range t.all {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b *command) int {
		return cmp.Or(a.Started.Compare(b.Started), a.At.Compare(b.At), strings.Compare(a.ID, b.ID))
	})
	return list
}
