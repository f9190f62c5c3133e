package bot

import (
	"container/list"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/go-errbot/errbot/bot/store"
)

// How much history is kept: the last commands of the people who used the bot last.
const (
	historySize   = 10
	historyPeople = 10_000
)

// HistoryEntry is a command that somebody gave.
type HistoryEntry struct {
	Command string `json:"command"` // registered name
	Args    string `json:"args,omitempty"`
	Pattern bool   `json:"pattern,omitempty"` // a pattern command; Args is the whole text
}

// history remembers the last commands of each person.
type history struct {
	mu     sync.Mutex
	people map[string]*list.Element // of *personHistory
	recent *list.List               // most recent speaker first
	dirty  bool
}

type personHistory struct {
	Person  string         `json:"person"`
	Entries []HistoryEntry `json:"entries"` // oldest first
}

func newHistory() *history {
	return &history{people: map[string]*list.Element{}, recent: list.New()}
}

// add records e as the person's most recent command. The same command given before
// moves to this place.
func (h *history) add(person string, e HistoryEntry) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.person(person)
	if n := len(p.Entries); n > 0 && p.Entries[n-1] == e {
		return
	}
	if i := slices.Index(p.Entries, e); i >= 0 {
		p.Entries = slices.Delete(p.Entries, i, i+1)
	}
	if len(p.Entries) == historySize {
		p.Entries = slices.Delete(p.Entries, 0, 1)
	}
	p.Entries = append(p.Entries, e)
	h.dirty = true
}

// person returns the history of person, making room for it. h.mu is held.
func (h *history) person(person string) *personHistory {
	if e, ok := h.people[person]; ok {
		h.recent.MoveToFront(e)
		return e.Value.(*personHistory)
	}
	if h.recent.Len() == historyPeople {
		last := h.recent.Back()
		delete(h.people, h.recent.Remove(last).(*personHistory).Person)
	}
	p := &personHistory{Person: person}
	h.people[person] = h.recent.PushFront(p)
	return p
}

// recall returns the n-th most recent command of person, counted from 1.
func (h *history) recall(person string, n int) (HistoryEntry, bool) {
	entries := h.of(person)
	if n < 1 || n > len(entries) {
		return HistoryEntry{}, false
	}
	return entries[len(entries)-n], true
}

// of returns the commands of person, oldest first.
func (h *history) of(person string) []HistoryEntry {
	h.mu.Lock()
	defer h.mu.Unlock()
	if e, ok := h.people[person]; ok {
		return slices.Clone(e.Value.(*personHistory).Entries)
	}
	return nil
}

// changed returns everything, most recent speaker first, if it has changed since the
// last call.
func (h *history) changed() ([]personHistory, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.dirty {
		return nil, false
	}
	h.dirty = false
	var all []personHistory
	for e := h.recent.Front(); e != nil; e = e.Next() {
		p := e.Value.(*personHistory)
		all = append(all, personHistory{p.Person, slices.Clone(p.Entries)})
	}
	return all, true
}

// restore puts back what changed returned.
func (h *history) restore(all []personHistory) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range slices.Backward(all) {
		kept := h.person(p.Person)
		kept.Entries = p.Entries[max(0, len(p.Entries)-historySize):]
	}
}

// The key of the history in the host's own namespace.
const (
	hostNamespace = "bot"
	historyKey    = "history"
)

func (b *Bot) loadHistory() error {
	s, err := b.storage.Open(hostNamespace)
	if err != nil {
		return fmt.Errorf("open the storage: %w", err)
	}
	all, err := store.Load[[]personHistory](b.life, s, historyKey)
	var broken *json.SyntaxError
	switch {
	case errors.As(err, &broken):
		b.log.Warn("the stored history cannot be read; it starts anew", "error", err)
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("load the history: %w", err)
	}
	b.history.restore(all)
	return nil
}

// keepHistory saves the history once a minute and at the end.
func (b *Bot) keepHistory(ctx context.Context) {
	for sleep(ctx, time.Minute) == nil {
		b.saveHistory()
	}
	b.saveHistory()
}

func (b *Bot) saveHistory() {
	all, changed := b.history.changed()
	if !changed {
		return
	}
	s, err := b.storage.Open(hostNamespace)
	if err == nil {
		err = store.Save(context.WithoutCancel(b.life), s, historyKey, all)
	}
	if err != nil {
		b.log.Error("could not save the history", "error", err)
	}
}
