package discord

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/bwmarrin/discordgo"

	"github.com/go-errbot/errbot/backend"
)

const (
	// remembered is how many messages are known by their IDs. It must be more than can
	// arrive while a gap is being filled.
	remembered = 20_000
	pageSize   = 100
	// gapLimit is how many messages of one channel are asked for after a gap; later ones
	// are left out, which is logged.
	gapLimit = 5000
	// overlap is how far behind the newest known message the history is read again:
	// messages of one moment become visible in any order.
	overlap = 5 * time.Second
	// maxDirect is how many private conversations are asked after a gap.
	maxDirect = 100
)

// history knows which messages have been passed on. It lives as long as the backend.
type history struct {
	mu      sync.Mutex
	seen    map[string]bool
	ring    []string // the keys of seen, oldest first from next on
	next    int
	newest  string // ID of the newest message; empty before the first connection
	started string // ID of the newest message then
}

func newHistory() *history {
	return &history{seen: map[string]bool{}, ring: make([]string, remembered)}
}

// add notes a message, and reports whether it is new.
func (h *history) add(key string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.seen[key] {
		return false
	}
	delete(h.seen, h.ring[h.next])
	h.ring[h.next], h.seen[key] = key, true
	h.next = (h.next + 1) % remembered
	return true
}

func (h *history) has(key string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.seen[key]
}

// reached notes how new the newest message is.
func (h *history) reached(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if compareIDs(id, h.newest) > 0 {
		h.newest = id
	}
}

// since returns the ID after which messages may have been missed. It is empty at the first
// connection: what was said up to then, of which latest is the last, was said before the bot
// existed, and is not meant for it.
func (h *history) since(latest string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.newest == "" {
		if latest == "" {
			latest = idAt(time.Now())
		}
		h.newest, h.started = latest, latest
		return ""
	}
	since := idAt(timeOf(h.newest).Add(-overlap))
	if compareIDs(since, h.started) < 0 {
		return h.started
	}
	return since
}

// fill passes on what was said since the last connection, oldest first over all channels.
func (b *Backend) fill(ctx context.Context, events backend.Sink) error {
	since := b.history.since(b.directory.latest())
	if since == "" {
		return nil
	}
	var missed []*discordgo.Message
	for _, channelID := range b.directory.changedSince(since) {
		messages, err := b.messagesSince(ctx, channelID, since)
		if err != nil {
			return fmt.Errorf("discord: read what was missed: %w", err)
		}
		missed = append(missed, messages...)
	}
	slices.SortStableFunc(missed, func(x, y *discordgo.Message) int { return compareIDs(x.ID, y.ID) })
	b.log.Debug("discord: read what was missed", "messages", len(missed))
	for _, m := range missed {
		if err := b.takeMessage(ctx, m, events); err != nil {
			return fmt.Errorf("discord: read what was missed: %w", err)
		}
	}
	return nil
}

// latest returns the ID of the newest message of all channels.
func (d *directory) latest() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	latest := ""
	for _, c := range d.channels {
		if compareIDs(c.LastMessageID, latest) > 0 {
			latest = c.LastMessageID
		}
	}
	return latest
}

// changedSince returns the channels and threads that the bot sees with messages after an ID,
// and private conversations: of those nobody tells whether there are any.
func (d *directory) changedSince(id string) []string {
	d.mu.Lock()
	var changed []*discordgo.Channel
	for _, c := range d.channels {
		if compareIDs(c.LastMessageID, id) > 0 {
			changed = append(changed, c)
		}
	}
	direct := d.direct.values()
	d.mu.Unlock()
	slices.SortFunc(direct, func(x, y string) int { return compareIDs(y, x) })
	ids := direct[:min(len(direct), maxDirect)]
	for _, c := range changed {
		if d.selfSees(c) {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// messagesSince returns the messages of a channel after an ID that have not been seen. A
// channel whose history the bot may not read has none.
func (b *Backend) messagesSince(ctx context.Context, channelID, after string) ([]*discordgo.Message, error) {
	var missed []*discordgo.Message
	for read := 0; ; read += pageSize {
		if read >= gapLimit {
			b.log.Warn("discord: too many messages were missed; the latest are left out", "channel", channelID)
			return missed, nil
		}
		page, err := ask(ctx, "ask for missed messages", func(o ...discordgo.RequestOption) ([]*discordgo.Message, error) {
			return b.rest.ChannelMessages(channelID, pageSize, "", after, "", o...)
		})
		if code := status(err); code == 403 || code == 404 {
			b.log.Warn("discord: what was missed in a channel cannot be read", "channel", channelID, "error", err)
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		for _, m := range page {
			if compareIDs(m.ID, after) > 0 {
				after = m.ID
			}
			if c := b.directory.channel(channelID); c != nil {
				m.GuildID = c.GuildID // the history does not tell
			}
			if !b.history.has(m.ID) {
				missed = append(missed, m)
			}
		}
		if len(page) < pageSize {
			return missed, nil
		}
	}
}

// timeOf returns when an ID was made.
func timeOf(id string) time.Time {
	t, err := discordgo.SnowflakeTimestamp(id)
	if err != nil {
		return time.Now()
	}
	return t
}

// idAt returns the first ID of a moment.
func idAt(t time.Time) string {
	const epoch = 1420070400000 // the first second of 2015, in milliseconds
	return fmt.Sprint((t.UnixMilli() - epoch) << 22)
}
