package mattermost

import (
	"crypto/sha256"
	"encoding/json"
	"maps"
	"sync"
	"time"

	"github.com/mattermost/mattermost-server/v6/model"
)

// sureAfter is how long the server knows posts by their marks, as 6.7 does.
const sureAfter = 30 * time.Second

// unsure keeps the marks (pending_post_id) of posts of which nobody knows whether the
// server has taken them.
type unsure struct {
	mu    sync.Mutex
	marks map[[sha256.Size]byte]mark
}

type mark struct {
	id      string
	expires time.Time
}

func newUnsure() *unsure { return &unsure{marks: map[[sha256.Size]byte]mark{}} }

// keyOf tells posts apart that are not the same.
func keyOf(post *model.Post) [sha256.Size]byte {
	data, _ := json.Marshal([]any{post.ChannelId, post.RootId, post.Message, post.FileIds, post.GetProps()})
	return sha256.Sum256(data)
}

// mark returns the mark for a call for the post with key: that of the last call when it had
// no answer, or a new one.
func (u *unsure) mark(key [sha256.Size]byte, userID string) string {
	u.mu.Lock()
	defer u.mu.Unlock()
	if m, ok := u.marks[key]; ok && time.Now().Before(m.expires) {
		return m.id
	}
	return userID + ":" + model.NewId()
}

// open notes that the call with mark id had no answer.
func (u *unsure) open(key [sha256.Size]byte, id string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	now := time.Now()
	maps.DeleteFunc(u.marks, func(_ [sha256.Size]byte, m mark) bool { return now.After(m.expires) })
	u.marks[key] = mark{id, now.Add(sureAfter)}
}

// settled notes that the call was answered.
func (u *unsure) settled(key [sha256.Size]byte) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.marks, key)
}
