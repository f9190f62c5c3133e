package guard

import (
	"crypto/rand"
	"errors"
	"fmt"
	"sync"

	"github.com/go-errbot/errbot/backend"
)

// How many commands can wait at once.
const (
	maxWaiting   = 200
	maxPerPerson = 5
)

// Errors of [Waiting.Add] and [Waiting.Approve].
var (
	ErrTooMany = errors.New("too many commands wait")
	ErrGone    = errors.New("the command does not wait any more")
	ErrTwice   = errors.New("the same person has approved already")
)

// Command is a command that waits. Its fields do not change.
type Command struct {
	ID     string // short, for people
	Secret string // known to the second factor only
	Rule   Rule
	Asker  backend.Person
	Text   string

	ended     chan struct{}
	factor    bool             // guarded by Waiting.mu
	approvers []backend.Person // guarded by Waiting.mu
}

// Ended is closed when the command does not wait any more.
func (c *Command) Ended() <-chan struct{} { return c.ended }

// Waiting are the commands that wait. The zero value is ready and safe for concurrent use.
type Waiting struct {
	mu  sync.Mutex
	all map[string]*Command
}

// Add lets a command wait. The error is [ErrTooMany] when too many do.
func (w *Waiting) Add(rule Rule, asker backend.Person, text string) (*Command, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	of := 0
	for _, c := range w.all {
		if Same(c.Asker, asker) {
			of++
		}
	}
	if of >= maxPerPerson || len(w.all) >= maxWaiting {
		return nil, ErrTooMany
	}
	c := &Command{ID: newID(), Secret: newSecret(), Rule: rule, Asker: asker, Text: text, ended: make(chan struct{})}
	for w.all[c.ID] != nil {
		c.ID = newID()
	}
	if w.all == nil {
		w.all = map[string]*Command{}
	}
	w.all[c.ID] = c
	return c, nil
}

// newID returns five letters and digits that are hard to mistake for others.
func newID() string {
	const letters = "abcdefghjkmnpqrstuvwxyz23456789"
	random := make([]byte, 5)
	_, _ = rand.Read(random) // does not fail
	for i, b := range random {
		random[i] = letters[int(b)%len(letters)]
	}
	return string(random)
}

// newSecret returns a random UUID (version 4 of RFC 9562), as second factors expect.
func newSecret() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // does not fail
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// Get returns a command that waits, nil when there is none of that id.
func (w *Waiting) Get(id string) *Command {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.all[id]
}

// BySecret returns the command of a second factor, nil when there is none.
func (w *Waiting) BySecret(secret string) *Command {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.all {
		if c.Secret == secret {
			return c
		}
	}
	return nil
}

// Missing is what a command still waits for.
type Missing struct {
	Factor    bool
	Approvals int
}

// Nothing reports whether the command may run.
func (m Missing) Nothing() bool { return !m.Factor && m.Approvals <= 0 }

// Confirm takes note of the second factor. When nothing is missing any more, the command
// has ended, and the caller runs it: that happens once.
func (w *Waiting) Confirm(c *Command) (Missing, error) {
	return w.change(c, func() error {
		c.factor = true
		return nil
	})
}

// Approve takes note of somebody's approval, as [Waiting.Confirm] does. Whether they may is
// for the caller to see.
func (w *Waiting) Approve(c *Command, by backend.Person) (Missing, error) {
	return w.change(c, func() error {
		for _, other := range c.approvers {
			if Same(other, by) {
				return ErrTwice
			}
		}
		c.approvers = append(c.approvers, by)
		return nil
	})
}

func (w *Waiting) change(c *Command, change func() error) (Missing, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all[c.ID] != c {
		return Missing{}, ErrGone
	}
	err := change()
	missing := Missing{Factor: c.Rule.Twofactor && !c.factor, Approvals: c.Rule.Approvals - len(c.approvers)}
	if err == nil && missing.Nothing() {
		w.end(c)
	}
	return missing, err
}

// End ends a command's waiting, and reports whether it was still waiting.
func (w *Waiting) End(c *Command) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all[c.ID] != c {
		return false
	}
	w.end(c)
	return true
}

// end ends c. w.mu is held.
func (w *Waiting) end(c *Command) {
	delete(w.all, c.ID)
	close(c.ended)
}
