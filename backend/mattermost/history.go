package mattermost

import (
	"sync"

	"github.com/mattermost/mattermost-server/v6/model"
)

// remembered is how many posts are known by their IDs. It must be more than can arrive in
// the time of [overlap] and while a gap is being filled.
const remembered = 20_000

// history knows which posts have been passed on, and up to when each channel has been
// read. It lives as long as the backend.
type history struct {
	mu      sync.Mutex
	seen    map[postID]bool
	ring    []postID         // the keys of seen, oldest first from next on
	next    int              // where the ring continues
	upTo    map[string]int64 // by channel: when its newest post was created
	newest  int64            // when the newest post of all was created
	started int64            // when the first connection was made, on the server's clock
}

func newHistory() *history {
	return &history{seen: make(map[postID]bool, remembered), ring: make([]postID, remembered), upTo: map[string]int64{}}
}

// postID is a post's ID; all of them have 26 characters. As an array it takes all its memory
// at the beginning.
type postID [26]byte

func idOf(post *model.Post) (id postID) {
	copy(id[:], post.Id)
	return id
}

// add remembers that post has been dealt with.
func (h *history) add(post *model.Post) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.newest = max(h.newest, post.CreateAt)
	h.upTo[post.ChannelId] = max(h.upTo[post.ChannelId], post.CreateAt)
	id := idOf(post)
	if h.seen[id] {
		return
	}
	delete(h.seen, h.ring[h.next])
	h.ring[h.next], h.seen[id] = id, true
	h.next = (h.next + 1) % remembered
}

// has reports whether post has been dealt with.
func (h *history) has(post *model.Post) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.seen[idOf(post)]
}

// unread is a channel with posts that may not have been seen.
type unread struct {
	channel *model.Channel
	since   int64 // when the oldest of them can have been created
	new     bool  // the bot was not in it before
}

// compare returns the channels in which there was something since the last connection, and
// keeps only what is still of use. At the first connection there is none: what was said
// before the bot existed is not meant for it.
func (h *history) compare(channels []*model.Channel, now int64) []unread {
	h.mu.Lock()
	defer h.mu.Unlock()
	upTo, found := make(map[string]int64, len(channels)), []unread(nil)
	for _, c := range channels {
		since, known := h.upTo[c.Id]
		switch {
		case h.started == 0:
			since = c.LastPostAt
		case !known:
			since = h.started
		}
		upTo[c.Id] = since
		atTheCut := known && h.started != 0 && since >= h.newest-overlap
		if c.LastPostAt > since || atTheCut {
			found = append(found, unread{c, max(since-overlap, h.started), !known})
		}
	}
	h.upTo = upTo
	if h.started == 0 {
		h.started = now
	}
	return found
}

// forget drops a channel that the bot has left.
func (h *history) forget(channelID string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.upTo, channelID)
}
