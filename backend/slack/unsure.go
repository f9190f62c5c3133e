package slack

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"sync"
	"time"

	"github.com/go-errbot/errbot/backend"
)

// markType is the type of the metadata that messages carry.
const markType = "errbot_message"

// unsureFor is for how long after its last try a message that got no answer is looked for
// before it is sent again; the host waits less long between two tries. After that the same
// text is another message.
const unsureFor = 2 * time.Minute

// unsure keeps the marks of messages of which nobody knows whether Slack has taken them.
type unsure struct {
	mu    sync.Mutex
	marks map[[sha256.Size]byte]mark
}

type mark struct {
	id      string
	since   time.Time // by Slack's clock
	expires time.Time
}

func newUnsure() *unsure { return &unsure{marks: map[[sha256.Size]byte]mark{}} }

// keyOf tells messages apart that are not the same.
func keyOf(p *post) [sha256.Size]byte {
	data, _ := json.Marshal([]any{p.channel, p.thread, p.text, p.blocks, p.attachments})
	return sha256.Sum256(data)
}

func (u *unsure) get(key [sha256.Size]byte) (mark, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	m, ok := u.marks[key]
	return m, ok && time.Now().Before(m.expires)
}

// open notes that a call had no answer.
func (u *unsure) open(key [sha256.Size]byte, m mark) {
	u.mu.Lock()
	defer u.mu.Unlock()
	now := time.Now()
	maps.DeleteFunc(u.marks, func(_ [sha256.Size]byte, m mark) bool { return now.After(m.expires) })
	m.expires = now.Add(unsureFor)
	u.marks[key] = m
}

func (u *unsure) settled(key [sha256.Size]byte) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.marks, key)
}

// createOnce makes one call. When it ends without an answer nobody knows whether Slack has
// taken the message; before the same is sent again, the conversation is searched for it.
func (b *Backend) createOnce(ctx context.Context, p *post) (ts string, err error) {
	key := keyOf(p)
	m, before := b.unsure.get(key)
	if before {
		ts, err := b.find(ctx, p, m)
		if err != nil {
			b.unsure.open(key, m)
			return "", err
		}
		if ts != "" {
			b.unsure.settled(key)
			return ts, nil
		}
	} else {
		m = mark{id: rand.Text(), since: b.now()}
	}
	p.mark = m.id
	ts, err = b.write(ctx, "chat.postMessage", "send", p)
	if isUnsure(err) {
		b.unsure.open(key, m)
	} else {
		b.unsure.settled(key)
	}
	return ts, err
}

// isUnsure reports whether a call that will be tried again failed in a way that leaves open
// what it has done.
func isUnsure(err error) bool {
	var again *backend.RetryableError
	return errors.As(err, &again) && again.After == 0
}

// find returns the message with a mark, or "". Where the bot may not read the conversation,
// nothing is found.
func (b *Backend) find(ctx context.Context, p *post, m mark) (ts string, err error) {
	method, v := "conversations.history", url.Values{"include_all_metadata": {"true"}}
	if p.thread != "" {
		method = "conversations.replies"
		v.Set("ts", p.thread)
	}
	messages, _, err := b.messages(ctx, method, p.channel, tsOf(m.since.Add(-clockTolerance)), v)
	var again *backend.RetryableError
	if errors.As(err, &again) || ctx.Err() != nil {
		return "", err
	}
	for _, found := range messages {
		if found.Metadata.Type == markType && found.Metadata.Payload.ID == m.id {
			return found.TS, nil
		}
	}
	return "", nil
}
