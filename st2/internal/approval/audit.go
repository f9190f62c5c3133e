package approval

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot/store"
	"github.com/go-errbot/errbot/st2/internal/wording"
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
	Repeated  = "repeated"  // an execution was started again
	Unchecked = "unchecked" // was started although its alias asks for security
)

// Entry is something that happened to a command.
type Entry struct {
	At        time.Time `json:"at"` // when it is added
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

// Entry returns what tells that something has happened to c.
func (c *Command) Entry(event string) Entry {
	return Entry{Event: event, ID: c.ID, Command: c.Text, Alias: c.Alias, Asker: c.Asker.ACL, Place: c.At.String()}
}

// entryBy is [Command.Entry] for what somebody has said.
func (c *Command) entryBy(event string, said *backend.Message) Entry {
	e := c.Entry(event)
	e.By, e.Place = said.From.ACL, said.Ref.String()
	return e
}

// String returns the entry in one line.
func (e Entry) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s  %-9s", e.At.Format("2006-01-02 15:04:05Z"), e.Event)
	for _, part := range []struct{ label, value string }{
		{"", e.ID}, {"", `"` + wording.Clip(e.Command, 80) + `"`}, {"asked by ", e.Asker}, {"by ", e.By},
		{"in ", e.Place}, {"as ", e.Alias}, {"execution ", e.Execution}, {"because ", e.Reason},
	} {
		if part.value != "" {
			text.WriteString(" " + part.label + part.value)
		}
	}
	return text.String()
}

// Bounds of an audit.
const (
	keptEntries = 200
	keptCommand = 500 // characters of a command
)

// auditKey is where a store has the entries, as one list, oldest first.
const auditKey = "security/audit"

// Audit keeps the last 200 entries in a store, and logs all of them. It is safe for
// concurrent use.
type Audit struct {
	Store store.Store
	Log   *slog.Logger
}

// Add logs and keeps an entry. A failure is logged as well.
func (a Audit) Add(ctx context.Context, e Entry) error {
	e.At, e.Command = time.Now().UTC(), wording.Clip(e.Command, keptCommand)
	a.Log.Warn("security", "event", e.Event, "id", e.ID, "command", e.Command, "alias", e.Alias, "asker", e.Asker,
		"by", e.By, "place", e.Place, "execution", e.Execution, "reason", e.Reason)
	err := a.Store.Update(ctx, auditKey, func(old []byte) ([]byte, error) {
		var all []Entry
		if len(old) > 0 {
			if err := json.Unmarshal(old, &all); err != nil {
				return nil, err
			}
		}
		all = append(all, e)
		return json.Marshal(all[max(0, len(all)-keptEntries):])
	})
	if err != nil {
		a.Log.Error("the audit could not be written", "event", e.Event, "id", e.ID, "error", err)
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
