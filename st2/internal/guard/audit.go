package guard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-errbot/errbot/bot/store"
)

// What an [Entry] tells.
const (
	Requested = "requested" // the command was asked for and waits
	Confirmed = "confirmed" // the second factor was given
	Approved  = "approved"
	Denied    = "denied"
	Withdrawn = "withdrawn" // by who asked
	Expired   = "expired"
	Refused   = "refused" // could not be let run
	Released  = "released"
	Started   = "started"
	Unchecked = "unchecked" // was started although its alias asks for security
)

// Entry is something that happened to a guarded command.
type Entry struct {
	At        time.Time `json:"at"`
	Event     string    `json:"event"`
	ID        string    `json:"id,omitempty"`
	Command   string    `json:"command"`
	Alias     string    `json:"alias,omitempty"`
	Asker     string    `json:"asker"`
	Place     string    `json:"place"`
	By        string    `json:"by,omitempty"`        // who approved or denied
	Execution string    `json:"execution,omitempty"` // what was started
	Reason    string    `json:"reason,omitempty"`
}

// KeptEntries is how many entries an audit keeps.
const KeptEntries = 200

// auditKey is where a plugin's store has the entries, as one list, oldest first.
const auditKey = "security/audit"

// Audit keeps the last entries in a store. It is safe for concurrent use.
type Audit struct{ Store store.Store }

// Add adds an entry.
func (a Audit) Add(ctx context.Context, e Entry) error {
	err := a.Store.Update(ctx, auditKey, func(old []byte) ([]byte, error) {
		var all []Entry
		if len(old) > 0 {
			if err := json.Unmarshal(old, &all); err != nil {
				return nil, err
			}
		}
		all = append(all, e)
		return json.Marshal(all[max(0, len(all)-KeptEntries):])
	})
	if err != nil {
		return fmt.Errorf("write the audit: %w", err)
	}
	return nil
}

// Last returns the last n entries, oldest first.
func (a Audit) Last(ctx context.Context, n int) ([]Entry, error) {
	all, err := store.Load[[]Entry](ctx, a.Store, auditKey)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("read the audit: %w", err)
	}
	return all[max(0, len(all)-n):], nil
}
