package xmpp

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/go-errbot/errbot/backend"
)

// Bounds of what one person may put on a message.
const (
	maxReactions = 50
	maxEmoji     = 64 // bytes of one
)

// ledger is who has put what on which message: the protocol always says all that is there,
// and the host wants to know what is new (XEP-0444).
type ledger struct {
	mu   sync.Mutex
	sets *cache[[]string]
}

func newLedger() *ledger { return &ledger{sets: newCache[[]string]()} }

// change replaces a set and returns what it was.
func (l *ledger) change(name string, now func(before []string) []string) (before, after []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before, _ = l.sets.get(name)
	after = now(slices.Clone(before))
	l.sets.put(name, after)
	return before, after
}

// reacted passes on how somebody's reactions to a message have changed.
func (c *conn) reacted(m *message, at backend.Ref, from backend.Person) {
	to := at
	to.ID, to.Thread = m.Reactions.ID, ""
	if at.IsRoom() {
		to.ID = c.sentID(at.Room.Address, m.Reactions.ID)
	}
	var now []string
	for _, emoji := range m.Reactions.Emoji {
		if len(now) < maxReactions && len(emoji) <= maxEmoji {
			now = append(now, emoji)
		}
	}
	before, _ := c.reactions.change(from.ID+" "+at.String()+" "+to.ID, func([]string) []string { return now })
	tell := func(emoji string, removed bool) {
		c.pass(backend.Reaction{By: from, To: to, Name: emojiName(emoji), Removed: removed, At: time.Now()})
	}
	for _, emoji := range before {
		if !slices.Contains(now, emoji) {
			tell(emoji, true)
		}
	}
	for _, emoji := range now {
		if !slices.Contains(before, emoji) {
			tell(emoji, false)
		}
	}
}

// React implements [backend.Reactor]. A name can be one of Slack's, or the emoji itself.
func (b *Backend) React(ctx context.Context, to backend.Ref, name string) error {
	return b.react(ctx, to, name, func(set []string, emoji string) []string {
		if slices.Contains(set, emoji) {
			return set
		}
		return append(set, emoji)
	})
}

// Unreact implements [backend.Reactor].
func (b *Backend) Unreact(ctx context.Context, to backend.Ref, name string) error {
	return b.react(ctx, to, name, func(set []string, emoji string) []string {
		return slices.DeleteFunc(set, func(e string) bool { return e == emoji })
	})
}

func (b *Backend) react(ctx context.Context, to backend.Ref, name string, change func(set []string, emoji string) []string) error {
	emoji, ok := emojiOf(name)
	if !ok || to.ID == "" {
		return fmt.Errorf("xmpp: react with %q: %w", name, backend.ErrUnknown)
	}
	before, now := b.reactions.change("self "+to.String()+" "+to.ID, func(before []string) []string { return change(before, emoji) })
	if slices.Equal(before, now) {
		return nil
	}
	x := &message{Reactions: &reactions{ID: to.ID, Emoji: now}, Store: &empty{}}
	if to.IsRoom() {
		x.Reactions.ID = b.givenID(to.Room.Address, to.ID)
	}
	_, err := b.send(ctx, "react", to, x)
	return err
}
