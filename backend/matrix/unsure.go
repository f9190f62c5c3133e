package matrix

import (
	"crypto/sha256"
	"encoding/json"
	"maps"
	"sync"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// sureAfter is how long homeservers know events by their transaction IDs: Dendrite and
// Synapse for half an hour at least.
const sureAfter = 30 * time.Minute

// unsure keeps the transaction IDs of events of which nobody knows whether the server has
// taken them.
type unsure struct {
	mu   sync.Mutex
	open map[[sha256.Size]byte]transaction
}

type transaction struct {
	id      string
	expires time.Time
}

func newUnsure() *unsure { return &unsure{open: map[[sha256.Size]byte]transaction{}} }

// keyOf tells events apart that are not the same.
func keyOf(room id.RoomID, kind event.Type, identity any) [sha256.Size]byte {
	data, _ := json.Marshal([]any{room, kind.Type, identity})
	return sha256.Sum256(data)
}

// begin returns the transaction ID for a call for the event with key: that of the last call
// when it had no answer, or a new one.
func (u *unsure) begin(key [sha256.Size]byte, cli *mautrix.Client) string {
	u.mu.Lock()
	defer u.mu.Unlock()
	if t, ok := u.open[key]; ok && time.Now().Before(t.expires) {
		return t.id
	}
	return cli.TxnID()
}

// lost notes that the call with the transaction id had no answer.
func (u *unsure) lost(key [sha256.Size]byte, id string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	now := time.Now()
	maps.DeleteFunc(u.open, func(_ [sha256.Size]byte, t transaction) bool { return now.After(t.expires) })
	if len(u.open) < cached {
		u.open[key] = transaction{id, now.Add(sureAfter)}
	}
}

// settled notes that the call was answered.
func (u *unsure) settled(key [sha256.Size]byte) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.open, key)
}
