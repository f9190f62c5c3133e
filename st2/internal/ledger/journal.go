package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-errbot/errbot/bot/store"
)

const (
	segmentPrefix = "posted/"
	// segmentLines is how many lines a value of the store has: each one that is added
	// writes the value anew.
	segmentLines = 64
)

// segment is one value of the store, a line of JSON for each thing recorded.
type segment struct {
	name  string
	lines int
	alive int // entries that still need it
}

// line is what is recorded of an entry. One with Claim adds the execution to an entry
// that was recorded before without.
type line struct {
	Key   Key    `json:"k,omitempty"`
	ID    string `json:"i,omitempty"`
	Start int64  `json:"s,omitempty"` // microseconds
	At    int64  `json:"a"`           // seconds
	Event bool   `json:"e,omitempty"`
	Hook  bool   `json:"h,omitempty"`
	Claim bool   `json:"c,omitempty"`
	// Answers is the execution whose result it is, as far as was known at its delivery.
	Answers string `json:"r,omitempty"`
}

func lineOf(e *Entry, claim bool) line {
	r := line{Key: e.Key, ID: e.ID, At: e.At.Unix(), Event: e.event, Hook: e.hook, Claim: claim, Answers: e.answers}
	if !e.Start.IsZero() {
		r.Start = e.Start.UnixMicro()
	}
	return r
}

// Open reads the ledger that s holds. A line that cannot be read is left out.
func Open(ctx context.Context, s store.Store) (*Ledger, error) {
	l := &Ledger{store: s, byKey: map[Key][]*Entry{}, byID: map[string]*Entry{}, heard: map[string]int{}}
	names, err := s.Keys(ctx, segmentPrefix)
	if err != nil {
		return nil, fmt.Errorf("read what has been announced: %w", err)
	}
	for _, name := range names {
		data, err := s.Get(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("read what has been announced: %w", err)
		}
		seg := &segment{name: name}
		for text := range bytes.Lines(data) {
			l.replay(seg, text)
		}
		l.segments = append(l.segments, seg)
		if serial, err := strconv.Atoi(strings.TrimPrefix(name, segmentPrefix)); err == nil {
			l.serial = max(l.serial, serial)
		}
	}
	return l, nil
}

// replay enters what a line says.
func (l *Ledger) replay(seg *segment, text []byte) {
	seg.lines++
	var r line
	if json.Unmarshal(text, &r) != nil {
		return
	}
	seg.alive++
	at := time.Unix(r.At, 0)
	if now := time.Now(); at.After(now) {
		at = now // or it would never be forgotten
	}
	e := &Entry{Key: r.Key, ID: r.ID, At: at, event: r.Event, hook: r.Hook, answers: r.Answers, done: true}
	if r.Start != 0 {
		e.Start = time.UnixMicro(r.Start)
	}
	if r.Claim {
		for _, old := range l.byKey[r.Key] {
			if old.ID == "" {
				old.ID, old.Start = e.ID, e.Start
				old.segments = append(old.segments, seg)
				l.byID[e.ID] = old
				return
			}
		}
	}
	e.segments = []*segment{seg}
	l.add(e)
}

// Deliver records that e has been delivered. When it returns without an error, e is not
// delivered again after a restart; otherwise it is not before one.
func (l *Ledger) Deliver(ctx context.Context, e *Entry) error {
	l.mu.Lock()
	withID := e.ID != ""
	text, name := l.write([]*Entry{e}, false)
	l.mu.Unlock()
	err := l.append(ctx, name, text)
	l.mu.Lock()
	defer l.mu.Unlock()
	e.done = true
	if !withID && e.ID != "" {
		l.claims = append(l.claims, e) // it was listed in between
	}
	if err != nil {
		return fmt.Errorf("record what was announced: %w", err)
	}
	return nil
}

// Baseline records executions whose announcements are not to be delivered; their ids and starts
// count.
func (l *Ledger) Baseline(ctx context.Context, entries []Entry) error {
	l.mu.Lock()
	for _, e := range entries {
		if l.byID[e.ID] != nil {
			continue
		}
		added := l.add(&Entry{ID: e.ID, Start: e.Start, done: true})
		l.claims = append(l.claims, added)
	}
	l.mu.Unlock()
	return l.Flush(ctx)
}

// Flush records which executions have been found for announcements of the stream. What has
// not been delivered yet is recorded when it is.
func (l *Ledger) Flush(ctx context.Context) error {
	for {
		l.mu.Lock()
		n := min(len(l.claims), segmentLines)
		batch := slices.DeleteFunc(slices.Clone(l.claims[:n]), func(e *Entry) bool { return !e.done })
		l.claims = l.claims[n:]
		if n == 0 {
			l.mu.Unlock()
			return nil
		}
		text, name := l.write(batch, true)
		l.mu.Unlock()
		if err := l.append(ctx, name, text); err != nil {
			return fmt.Errorf("record the executions of announcements: %w", err)
		}
	}
}

// write returns the lines of entries and the segment for them. l.mu is held.
func (l *Ledger) write(entries []*Entry, claim bool) (text []byte, name string) {
	if n := len(l.segments); n == 0 || l.segments[n-1].lines >= segmentLines {
		l.serial++
		l.segments = append(l.segments, &segment{name: fmt.Sprintf("%s%012d", segmentPrefix, l.serial)})
	}
	seg := l.segments[len(l.segments)-1]
	for _, e := range entries {
		data, err := json.Marshal(lineOf(e, claim))
		if err != nil {
			continue // a line has only texts and numbers
		}
		text = append(append(text, data...), '\n')
		e.segments = append(e.segments, seg)
		seg.lines++
		seg.alive++
	}
	return text, seg.name
}

func (l *Ledger) append(ctx context.Context, name string, text []byte) error {
	return l.store.Update(ctx, name, func(old []byte) ([]byte, error) {
		if n := len(old); n > 0 && old[n-1] != '\n' {
			old = append(old, '\n') // a line that is damaged spoils no other
		}
		return append(old, text...), nil
	})
}

// emptySegments takes those off the list that nothing needs. l.mu is held.
func (l *Ledger) emptySegments() (names []string) {
	var left []*segment
	for i, s := range l.segments {
		if s.alive > 0 || i == len(l.segments)-1 {
			left = append(left, s)
			continue
		}
		names = append(names, s.name)
	}
	l.segments = left
	return names
}
