package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"sync"
	"time"

	"github.com/go-errbot/errbot/bot/store"
)

// What the ledger remembers, at least and at most.
const (
	keepFor    = time.Hour
	maxEntries = 100_000
	// twinWindow is how near a posted message and an announcement with the same content
	// are one and the same; it allows for clocks that differ by five minutes.
	twinWindow = 10 * time.Minute
)

// Key stands for the content of an announcement.
type Key string

// KeyOf returns the key of a content that has these parts.
func KeyOf(parts ...string) Key {
	h := sha256.New()
	for _, part := range parts {
		sum := sha256.Sum256([]byte(part))
		h.Write(sum[:])
	}
	return Key(hex.EncodeToString(h.Sum(nil)[:16]))
}

// Verdict is what is to be done with an announcement.
type Verdict int

// The verdicts.
const (
	Post    Verdict = iota // nobody has brought it before: it is to be delivered
	Known                  // it is being delivered, or has been
	Claimed                // as Known; the execution of one that the stream brought
	Doubt                  // its content was delivered before; only the list of executions can tell
)

// Entry is an announcement that is to be delivered or has been.
type Entry struct {
	Key   Key
	ID    string    // of the announcing execution; "" while it is not known
	Start time.Time // of that execution, by StackStorm's clock
	At    time.Time // when it was entered, by the own clock

	event, hook bool   // brought by the stream, by the web server
	answers     string // the execution whose result it is, as far as is known
	done        bool
	segments    []*segment // where it is recorded
}

// Ledger is what has been delivered. It is safe for concurrent use; make one with [Open].
type Ledger struct {
	store store.Store

	mu       sync.Mutex
	order    []*Entry       // oldest first
	heard    map[string]int // how many entries answer an execution
	byKey    map[Key][]*Entry
	byID     map[string]*Entry
	claims   []*Entry // whose id is known but not yet recorded
	segments []*segment
	serial   int
}

// Event takes an announcement of the stream. It returns an entry with the verdict Post.
func (l *Ledger) Event(k Key) (*Entry, Verdict) {
	l.mu.Lock()
	defer l.mu.Unlock()
	same := l.byKey[k]
	if len(same) == 0 {
		return l.add(&Entry{Key: k, event: true}), Post
	}
	for _, e := range same {
		if !e.event && e.twin(time.Now()) {
			e.event = true
			return nil, Known
		}
	}
	return nil, Doubt
}

// Add enters an announcement of the stream without asking whether its content is known.
func (l *Ledger) Add(k Key) *Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.add(&Entry{Key: k, event: true})
}

// Message takes what was posted to the web server. It returns an entry with the verdict Post.
func (l *Ledger) Message(k Key) (*Entry, Verdict) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.byKey[k] {
		if !e.hook && e.twin(time.Now()) {
			e.hook = true
			return nil, Known
		}
	}
	return l.add(&Entry{Key: k, hook: true}), Post
}

// Listed takes an announcement from the list of executions. It returns an entry with the
// verdicts Post and Claimed.
func (l *Ledger) Listed(k Key, id string, start time.Time) (*Entry, Verdict) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byID[id] != nil {
		return nil, Known
	}
	if e := l.claim(k, id, start); e != nil {
		return e, Claimed
	}
	return l.add(&Entry{Key: k, ID: id, Start: start}), Post
}

// Claim notes that an execution has announced what the stream or the web server has brought, if
// they have.
func (l *Ledger) Claim(k Key, id string, start time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byID[id] == nil {
		l.claim(k, id, start)
	}
}

// claim finds the entry that an execution has made, nil when there is none: an event comes
// after the start of its execution, by clocks that may differ. l.mu is held.
func (l *Ledger) claim(k Key, id string, start time.Time) *Entry {
	for _, byStream := range []bool{true, false} {
		for _, e := range l.byKey[k] {
			if e.ID == "" && e.event == byStream && (byStream && start.Before(e.At.Add(twinWindow)) || e.twin(start)) {
				e.ID, e.Start = id, start
				l.byID[id] = e
				l.claims = append(l.claims, e)
				return e
			}
		}
	}
	return nil
}

// Find returns the entry of an execution, nil when there is none.
func (l *Ledger) Find(id string) *Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.byID[id]
}

// Done reports whether e has been delivered and recorded.
func (l *Ledger) Done(e *Entry) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return e.done
}

// SetAnswers notes which execution's result e is, instead of what was noted before. "" changes
// nothing. It is recorded with e's delivery.
func (l *Ledger) SetAnswers(e *Entry, execution string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if execution == "" || execution == e.answers {
		return
	}
	l.unhear(e)
	e.answers = execution
	l.heard[execution]++
}

// unhear takes back what e answers. l.mu is held.
func (l *Ledger) unhear(e *Entry) {
	if l.heard[e.answers]--; l.heard[e.answers] <= 0 {
		delete(l.heard, e.answers)
	}
}

// Answers returns which execution's result e is, "" when that is not known.
func (l *Ledger) Answers(e *Entry) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return e.answers
}

// Heard reports whether any entry is an execution's result.
func (l *Ledger) Heard(execution string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.heard[execution] > 0
}

// Execution returns the id of the execution that announced e, "" while it is not known.
func (l *Ledger) Execution(e *Entry) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return e.ID
}

// Matched notes that the stream has brought e, too.
func (l *Ledger) Matched(e *Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.event = true
}

// Explained reports whether the executions of all announcements that the stream has brought
// with this content are known.
func (l *Ledger) Explained(k Key) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !slices.ContainsFunc(l.byKey[k], func(e *Entry) bool { return e.event && e.ID == "" })
}

// Unexplained reports whether the stream brought something before t whose execution has
// not been listed.
func (l *Ledger) Unexplained(t time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.order, func(e *Entry) bool { return e.event && e.ID == "" && e.At.Before(t) })
}

// twin reports whether e is near enough to a time to be what happened then.
func (e *Entry) twin(t time.Time) bool { return t.Sub(e.At).Abs() < twinWindow }

// add enters e. l.mu is held.
func (l *Ledger) add(e *Entry) *Entry {
	if e.At.IsZero() {
		e.At = time.Now()
	}
	l.order = append(l.order, e)
	if e.Key != "" {
		l.byKey[e.Key] = append(l.byKey[e.Key], e)
	}
	if e.ID != "" {
		l.byID[e.ID] = e
	}
	if e.answers != "" {
		l.heard[e.answers]++
	}
	return e
}

// Prune forgets what cannot come again: executions that started before since, which are not
// listed any more, and announcements without an execution that the lists until swept, by the
// own clock, have not explained.
func (l *Ledger) Prune(ctx context.Context, since, swept time.Time) error {
	now := time.Now()
	old := func(e *Entry) bool {
		if e.ID == "" {
			return e.At.Before(swept.Add(-keepFor))
		}
		return e.Start.Before(since) && e.At.Before(now.Add(-keepFor))
	}
	l.mu.Lock()
	tooMany := len(l.order) - maxEntries
	l.order = slices.DeleteFunc(l.order, func(e *Entry) bool {
		gone := e.done && (old(e) || tooMany > 0)
		tooMany--
		if gone {
			l.drop(e)
		}
		return gone
	})
	empty := l.emptySegments()
	l.mu.Unlock()
	for _, name := range empty {
		if err := l.store.Delete(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// drop takes e out of everything but l.order. l.mu is held.
func (l *Ledger) drop(e *Entry) {
	delete(l.byID, e.ID)
	l.unhear(e)
	if e.Key != "" {
		same := slices.DeleteFunc(l.byKey[e.Key], func(other *Entry) bool { return other == e })
		l.byKey[e.Key] = same
		if len(same) == 0 {
			delete(l.byKey, e.Key)
		}
	}
	for _, s := range e.segments {
		s.alive--
	}
}
