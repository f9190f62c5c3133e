package slack

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/go-errbot/errbot/backend"
)

const (
	historyPage = 200
	gapPages    = 5                // pages of one conversation that are read
	gapChannels = 100              // conversations whose history is read
	gapThreads  = 20               // threads that are, too: those used last
	gapOverlap  = 10 * time.Second // before the youngest message, where others can be missing
	gapTime     = 30 * time.Second // after which what has been found has to do
)

// progress knows how far conversations have been followed.
type progress struct {
	first    string // ID of the earliest message that can be missing
	latest   string // ID of the youngest message
	channels recent[string]
	threads  recent[thread]
}

type thread struct{ channel, ts string }

// note takes in that a message has been dealt with; own is one of the bot's.
func (p *progress) note(m *message, own bool) {
	p.latest = max(p.latest, m.TS)
	p.channels.use(m.Channel, gapChannels)
	switch {
	case m.Thread != "":
		p.threads.use(thread{m.Channel, m.Thread}, gapThreads)
	case own: // people may answer it
		p.threads.use(thread{m.Channel, m.TS}, gapThreads)
	}
}

// recent holds what was used last, in that order.
type recent[T comparable] []T

func (r *recent[T]) use(v T, most int) {
	if i := slices.Index(*r, v); i >= 0 {
		*r = slices.Delete(*r, i, i+1)
	} else if len(*r) >= most {
		*r = slices.Delete(*r, 0, 1)
	}
	*r = append(*r, v)
}

// fill passes on what was said since the last connection and did not arrive. Slack sends
// again what was not acknowledged, but only some times.
func (b *Backend) fill(ctx context.Context, events backend.Sink) error {
	if b.progress.latest == "" {
		b.progress.latest = tsOf(b.now())
		b.progress.first = b.progress.latest
		return nil
	}
	oldest := max(b.progress.first, tsOf(timeOf(b.progress.latest).Add(-gapOverlap)))
	missed, err := b.missed(ctx, oldest)
	if err != nil {
		return err
	}
	slices.SortStableFunc(missed, func(x, y *message) int { return strings.Compare(x.TS, y.TS) })
	for _, m := range missed {
		err := b.takeNew(ctx, m, events)
		var again *backend.RetryableError
		if errors.As(err, &again) || ctx.Err() != nil {
			return err
		}
		if err != nil {
			b.log.Warn("slack: a message is left out", "error", err)
		}
	}
	return nil
}

// missed returns what the histories have after oldest. What takes too long to read is left
// to Slack.
func (b *Backend) missed(ctx context.Context, oldest string) ([]*message, error) {
	limited, cancel := context.WithTimeout(ctx, gapTime)
	defer cancel()
	channels, err := b.followed(limited)
	if err != nil {
		return nil, err
	}
	var missed []*message
	for _, id := range channels {
		found, err := b.history(limited, id, oldest)
		if err := b.unlessFinal(limited, id, err); err != nil {
			return b.orEnough(ctx, missed, err)
		}
		missed = append(missed, found...)
	}
	for _, t := range slices.Backward(b.progress.threads) {
		found, err := b.replies(limited, t, oldest)
		if err := b.unlessFinal(limited, t.channel, err); err != nil {
			return b.orEnough(ctx, missed, err)
		}
		missed = append(missed, found...)
	}
	return missed, nil
}

// orEnough returns what has been found when only the time for it was over.
func (b *Backend) orEnough(ctx context.Context, missed []*message, err error) ([]*message, error) {
	if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		b.log.Warn("slack: some messages of the time without a connection may be missed")
		return missed, nil
	}
	return nil, err
}

// unlessFinal returns an error after which it makes no sense to go on: one of a conversation
// that cannot be read concerns that one only.
func (b *Backend) unlessFinal(ctx context.Context, channelID string, err error) error {
	var again *backend.RetryableError
	if err == nil || errors.As(err, &again) || ctx.Err() != nil {
		return err
	}
	b.log.Debug("slack: a conversation cannot be read", "channel", channelID, "error", err)
	return nil
}

// followed returns the conversations that the bot is in, the last used first.
func (b *Backend) followed(ctx context.Context) ([]string, error) {
	all := slices.Clone(b.progress.channels)
	slices.Reverse(all)
	for cursor := ""; len(all) < gapChannels; {
		page, next, err := b.conversations(ctx, cursor, "im", "mpim", "private_channel", "public_channel")
		if err != nil {
			return nil, err
		}
		for i := range page {
			if len(all) < gapChannels && !slices.Contains(all, page[i].ID) {
				all = append(all, page[i].ID)
			}
		}
		if next == "" {
			break
		}
		cursor = next
	}
	return all, nil
}

// history returns what a conversation has after oldest, without what is in threads.
func (b *Backend) history(ctx context.Context, channelID, oldest string) (found []*message, err error) {
	v := url.Values{}
	for range gapPages {
		page, next, err := b.messages(ctx, "conversations.history", channelID, oldest, v)
		if err != nil {
			return nil, err
		}
		found = append(found, page...)
		if next == "" {
			break
		}
		v.Set("cursor", next)
	}
	return found, nil
}

// replies returns what a thread has after oldest.
func (b *Backend) replies(ctx context.Context, t thread, oldest string) ([]*message, error) {
	found, _, err := b.messages(ctx, "conversations.replies", t.channel, oldest, url.Values{"ts": {t.ts}})
	return found, err
}

// messages returns a page of a conversation after oldest, in the form of events.
func (b *Backend) messages(ctx context.Context, method, channelID, oldest string, v url.Values) (found []*message, next string, err error) {
	v.Set("channel", channelID)
	v.Set("oldest", oldest)
	v.Set("limit", strconv.Itoa(historyPage))
	var answer struct {
		slack.SlackResponse
		Messages []*message `json:"messages"`
	}
	err = patiently(ctx, func() error { return check(ctx, "read a conversation", b.call(ctx, method, v, &answer)) })
	for _, m := range answer.Messages {
		m.Channel = channelID
		if m.Thread == m.TS {
			m.Thread = "" // it began one, afterwards
		}
	}
	return answer.Messages, answer.ResponseMetadata.Cursor, err
}
