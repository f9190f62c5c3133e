package discord

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/go-errbot/errbot/backend"
)

// sureAfter is for how long a nonce is used again: Discord knows them for a few minutes.
const sureAfter = 2 * time.Minute

// unsure keeps the nonces of messages of which nobody knows whether Discord has taken them.
type unsure struct {
	mu     sync.Mutex
	nonces map[string]nonce
}

type nonce struct {
	text    string
	expires time.Time
}

func newUnsure() *unsure { return &unsure{nonces: map[string]nonce{}} }

// keyOf tells messages apart that are not the same.
func keyOf(channelID string, p *post, file *backend.Upload) string {
	sum := sha256.New()
	_ = json.NewEncoder(sum).Encode([]any{channelID, p, file})
	return hex.EncodeToString(sum.Sum(nil))
}

// nonce returns the nonce for a call for the message with key: that of the last call when it
// had no answer, or a new one.
func (u *unsure) nonce(key string) string {
	u.mu.Lock()
	defer u.mu.Unlock()
	if n, ok := u.nonces[key]; ok && time.Now().Before(n.expires) {
		return n.text
	}
	return strconv.FormatUint(rand.Uint64(), 36) + strconv.FormatUint(rand.Uint64N(1<<32), 36) // at most 25 characters
}

// open notes that the call with a nonce had no answer.
func (u *unsure) open(key, text string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	now := time.Now()
	maps.DeleteFunc(u.nonces, func(_ string, n nonce) bool { return now.After(n.expires) })
	u.nonces[key] = nonce{text, now.Add(sureAfter)}
}

// settled notes that the call was answered.
func (u *unsure) settled(key string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.nonces, key)
}
