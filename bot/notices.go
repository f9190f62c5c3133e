package bot

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/go-errbot/errbot/backend"
)

// Limits of what administrators are told: the same thing once an hour, and not more than
// so many things while the network is away.
const (
	noticeRepeat = time.Hour
	noticeQueue  = 100
	noticeMemory = 1000 // different things within that hour; more stay in the log
)

// notices brings notices to the administrators.
type notices struct {
	log   *slog.Logger
	queue chan string

	mu   sync.Mutex
	last map[string]time.Time
}

func newNotices(log *slog.Logger) *notices {
	return &notices{log: log, queue: make(chan string, noticeQueue), last: map[string]time.Time{}}
}

// add queues text unless it was said lately, and reports whether it was not.
func (n *notices) add(text string) bool {
	if !n.isNew(text) {
		return false
	}
	select {
	case n.queue <- text:
	default:
		n.log.Warn("too many notices to administrators are waiting; this one stays here", "notice", text)
	}
	return true
}

func (n *notices) isNew(text string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := time.Now()
	for t, at := range n.last {
		if now.Sub(at) >= noticeRepeat {
			delete(n.last, t)
		}
	}
	if _, said := n.last[text]; said {
		return false
	}
	if len(n.last) == noticeMemory {
		n.log.Warn("too many different notices to administrators; this one stays here", "notice", text)
		return false
	}
	n.last[text] = now
	return true
}

// logRest logs what no administrator will be told any more.
func (n *notices) logRest() {
	for {
		select {
		case text := <-n.queue:
			n.log.Warn("the bot stops before administrators could be told", "notice", text)
		default:
			return
		}
	}
}

// deliver sends what is queued to every administrator, until ctx ends. It waits for a
// connection first.
func (b *Bot) deliverNotices(ctx context.Context) {
	defer b.notices.logRest()
	for wait(ctx, b.link.up()) {
		select {
		case <-ctx.Done():
			return
		case text := <-b.notices.queue:
			b.tellAdmins(ctx, text)
		}
	}
}

func (b *Bot) tellAdmins(ctx context.Context, text string) {
	for _, address := range b.cfg.notified() {
		to, err := b.chat.Resolve(ctx, address)
		if err != nil {
			b.log.Warn("an administrator cannot be notified", "address", address, "error", err, "notice", text)
			continue
		}
		_, _ = b.out.send(ctx, &backend.Message{Ref: to, Body: text}) // a failure has been logged
	}
}
