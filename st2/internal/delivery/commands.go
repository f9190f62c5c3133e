package delivery

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
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

	// The rest is not stored, and guarded by commands.mu.
	queued  bool      // the bot is about to tell the result by itself
	telling bool      // it is doing so
	ended   time.Time // when it was seen to have ended, by the own clock
	next    time.Time // when it is looked at again
}

// commands knows the commands whose results are still to come, also after a restart. It is
// safe for concurrent use.
type commands struct {
	store store.Store

	mu  sync.Mutex
	all map[string]*command
}

// openCommands reads the commands that s holds. One that cannot be read is left out.
func openCommands(ctx context.Context, s store.Store, log *slog.Logger) (*commands, error) {
	t := &commands{store: s, all: map[string]*command{}}
	keys, err := s.Keys(ctx, commandPrefix)
	if err != nil {
		return nil, fmt.Errorf("read the commands under way: %w", err)
	}
	for _, key := range keys {
		data, err := s.Get(ctx, key)
		if err != nil {
			return nil, fmt.Errorf("read the commands under way: %w", err)
		}
		c := new(command)
		if err := json.Unmarshal(data, c); err != nil || commandPrefix+c.ID != key {
			log.Error("a command under way cannot be read; its result goes to its channel", "key", key, "error", err)
			continue
		}
		t.all[c.ID] = c
	}
	return t, nil
}

// add remembers a command. When it returns without an error, its result finds its place also
// after a restart.
func (t *commands) add(ctx context.Context, c *command) error {
	t.mu.Lock()
	t.all[c.ID] = c
	var oldest string
	if len(t.all) > maxTracked {
		oldest = slices.MinFunc(slices.Collect(maps.Values(t.all)), func(a, b *command) int { return a.At.Compare(b.At) }).ID
		delete(t.all, oldest)
	}
	t.mu.Unlock()
	err := t.save(ctx, c)
	if oldest != "" {
		err = errors.Join(err, t.store.Delete(ctx, commandPrefix+oldest))
	}
	return err
}

func (t *commands) save(ctx context.Context, c *command) error {
	return store.Save(ctx, t.store, commandPrefix+c.ID, c)
}

// remove forgets a command: its result has been delivered, or none will come.
func (t *commands) remove(ctx context.Context, id string) error {
	t.mu.Lock()
	_, known := t.all[id]
	delete(t.all, id)
	t.mu.Unlock()
	if !known {
		return nil
	}
	return t.store.Delete(ctx, commandPrefix+id)
}

// queue notes that the bot is about to tell the result by itself.
func (t *commands) queue(c *command) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c.queued = true
}

// tell notes that the bot tells the result by itself now, or, with false, that it does not.
func (t *commands) tell(c *command, now bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c.queued, c.telling = false, now
}

// spend records that the bot has told the result by itself: an announcement that comes after
// all is not delivered.
func (t *commands) spend(ctx context.Context, c *command) error {
	t.mu.Lock()
	c.Spent = time.Now()
	t.mu.Unlock()
	return t.save(ctx, c)
}

// get returns the command of an execution, nil when it is not one of the bot's.
func (t *commands) get(id string) *command {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.all[id]
}

// told reports whether the bot has told, or tells, the result of c by itself.
func (t *commands) told(c *command) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return c.toldLocked()
}

func (c *command) toldLocked() bool { return c.telling || !c.Spent.IsZero() }

// guess returns the command that an announcement of the stream may answer: the oldest of its
// channel and user that has not been heard of, or the one whose execution the text names. It
// is certain when it makes no difference for where the announcement goes.
func (t *commands) guess(channel, user, text string, heard func(id string) bool) (c *command, certain bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var open []*command
	certain = true
	theirs := func(c *command) bool { return c.Channel == channel && c.User == user }
	for _, c := range t.listLocked(theirs) {
		switch {
		case c.toldLocked():
			certain = false // it may be the late result of this one
		case !heard(c.ID):
			open = append(open, c)
		}
	}
	if len(open) == 0 {
		return nil, certain
	}
	c = open[0]
	for _, other := range open {
		if strings.Contains(text, other.ID) {
			return other, true
		}
		certain = certain && other.To.Thread == c.To.Thread && other.To.Place() == c.To.Place()
	}
	return c, certain
}

// open reports whether any result is still to come.
func (t *commands) open() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.all) > 0
}

// due returns the commands to be looked at now: those of some age of which nothing has been
// heard. Long ones are looked at less often.
func (t *commands) due(now time.Time, heard func(id string) bool) []*command {
	t.mu.Lock()
	defer t.mu.Unlock()
	due := t.listLocked(func(c *command) bool {
		return !c.queued && !c.toldLocked() && c.ended.IsZero() &&
			now.Sub(c.At) >= youngest && !now.Before(c.next) && !heard(c.ID)
	})
	for _, c := range due {
		c.next = now.Add(min(now.Sub(c.At)/10, time.Minute))
	}
	return due
}

// finished notes that an execution has been seen to have ended.
func (t *commands) finished(id string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.all[id]; c != nil && c.ended.IsZero() {
		c.ended = now
	}
}

// postpone notes that the result of an execution is about to be announced.
func (t *commands) postpone(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.all[id]; c != nil && !c.ended.IsZero() {
		c.ended = time.Now()
	}
}

// overdue returns the commands that ended before a time and of which nothing has been heard.
func (t *commands) overdue(before time.Time, heard func(id string) bool) []*command {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.listLocked(func(c *command) bool {
		return !c.queued && !c.toldLocked() && !c.ended.IsZero() && !c.ended.After(before) && !heard(c.ID)
	})
}

// old returns the commands of which nothing is expected any more.
func (t *commands) old(now time.Time) []*command {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.listLocked(func(c *command) bool {
		return now.Sub(c.At) >= trackLongest || !c.Spent.IsZero() && now.Sub(c.Spent) >= spentFor
	})
}

// listLocked returns the commands of some kind, oldest first. t.mu is held.
func (t *commands) listLocked(wanted func(c *command) bool) []*command {
	var list []*command
	for _, c := range t.all {
		if wanted(c) {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b *command) int {
		return cmp.Or(a.Started.Compare(b.Started), a.At.Compare(b.At), strings.Compare(a.ID, b.ID))
	})
	return list
}
