package slack

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"github.com/go-errbot/errbot/backend"
)

// maxRich is the longest text in characters that goes into the rich text of one message.
const maxRich = 12_000

// Send implements [backend.Backend]. A body of more than 12,000 characters goes out in
// several messages.
func (b *Backend) Send(ctx context.Context, m *backend.Message) (backend.Ref, error) {
	channelID, err := b.destination(ctx, m.Ref)
	if err != nil {
		return backend.Ref{}, err
	}
	var first backend.Ref
	for i, body := range cut(m.Body, maxRich) {
		p := &post{channel: channelID, thread: m.Thread}
		p.show(b.rich(body, m.Plain))
		if i == 0 {
			if err := p.take(m.Extras); err != nil {
				return backend.Ref{}, err
			}
		}
		ref, err := b.sendPart(ctx, m.Ref, p, i)
		if err != nil {
			return first, err
		}
		if i == 0 {
			first = ref
		}
	}
	return first, nil
}

// sendPart is create for a part of a message: once the first one is there, sending the whole
// message again would double it, so that waiting is done here.
func (b *Backend) sendPart(ctx context.Context, to backend.Ref, p *post, i int) (ref backend.Ref, err error) {
	if i == 0 {
		return b.create(ctx, to, p)
	}
	err = patiently(ctx, func() error {
		ref, err = b.create(ctx, to, p)
		return err
	})
	var again *backend.RetryableError
	if errors.As(err, &again) {
		err = again.Err // not to be tried again
	}
	return ref, err
}

// destination returns the channel that a message goes to.
func (b *Backend) destination(ctx context.Context, to backend.Ref) (channelID string, err error) {
	if err := ctx.Err(); err != nil {
		return "", fmt.Errorf("slack: send: %w", err)
	}
	if err := b.connected(); err != nil {
		return "", err
	}
	switch {
	case to.Room != nil && to.Room.ID != "":
		return to.Room.ID, nil
	case to.Room == nil && to.Person != nil && to.Person.ID != "":
		return b.directChannel(ctx, to.Person.ID)
	}
	return "", fmt.Errorf("slack: send: %w: no room and no person given", backend.ErrUnknown)
}

// rich returns a body as rich text; nil when there is nothing to show.
func (b *Backend) rich(body string, isPlain bool) *slack.RichTextBlock {
	if isPlain {
		return plain(body)
	}
	if strings.TrimSpace(body) == "" {
		return nil
	}
	return b.renderer.rich(body)
}

// knownPerson returns the ID of somebody whom the backend has heard of; it asks nobody.
func (b *Backend) knownPerson(username string) string {
	id, _ := b.directory.users.get(username)
	return id
}

// post is a message on its way out, in Slack's words.
type post struct {
	channel, thread string
	text            string // for notifications, and where there are no blocks
	blocks          any    // what is encoded as JSON
	attachments     any
	username, icon  string
	mark            string // by which the message is known again
	user            string // who alone may see it; empty for everybody
	ts              string // of the message that it replaces
}

func (p *post) show(block *slack.RichTextBlock) {
	if block != nil {
		p.text, p.blocks = mrkdwn(block), []slack.Block{block}
	}
}

// take takes over what plugins have put into extras.
func (p *post) take(extras map[string]any) error {
	for key, value := range extras {
		switch key {
		case backend.ExtraAttachments:
			p.attachments = value
		case backend.ExtraBlocks:
			p.blocks = value
		case backend.ExtraUsername, backend.ExtraIcon:
			text, ok := value.(string)
			if !ok {
				return fmt.Errorf("slack: send: %s is no text", key)
			}
			if key == backend.ExtraUsername {
				p.username = text
			} else {
				p.icon = text
			}
		}
	}
	return nil
}

// values returns p as the Web API takes it. Names and addresses in the text stay text.
func (p *post) values() (url.Values, error) {
	v := url.Values{"channel": {p.channel}, "text": {p.text}, "parse": {"none"}, "link_names": {"false"}}
	for key, text := range map[string]string{
		"thread_ts": p.thread, "username": p.username, "icon_emoji": p.icon, "user": p.user, "ts": p.ts,
	} {
		if text != "" {
			v.Set(key, text)
		}
	}
	all := map[string]any{"blocks": p.blocks, "attachments": p.attachments}
	if p.mark != "" {
		all["metadata"] = slack.SlackMetadata{EventType: markType, EventPayload: map[string]any{"id": p.mark}}
	}
	for key, value := range all {
		if value == nil {
			continue
		}
		data, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("slack: send: encode %s: %w", key, err)
		}
		v.Set(key, string(data))
	}
	return v, nil
}

// degrade leaves something out of p that Slack does not take, so that the rest arrives. It
// returns false when there is nothing to leave out.
func (p *post) degrade(code string) bool {
	switch code {
	case "missing_scope", "not_allowed_token_type":
		if p.username == "" && p.icon == "" {
			return false
		}
		p.username, p.icon = "", ""
	case "invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long":
		if p.blocks == nil || p.text == "" {
			return false
		}
		p.blocks = nil
	case "cannot_reply_to_message", "thread_not_found", "invalid_thread_ts", "restricted_action_thread_locked":
		if p.thread == "" {
			return false
		}
		p.thread = ""
	default:
		return false
	}
	return true
}

// create has Slack take p.
func (b *Backend) create(ctx context.Context, to backend.Ref, p *post) (backend.Ref, error) {
	to.ID = ""
	for {
		ts, err := b.createOnce(ctx, p)
		if err != nil && p.degrade(code(err)) {
			b.log.Warn("slack: a message is sent with less than it has", "to", to.String(), "error", err)
			continue
		}
		if err != nil {
			return backend.Ref{}, err
		}
		to.ID, to.Thread = ts, p.thread
		return to, nil
	}
}

// write makes one call of a method that writes a message.
func (b *Backend) write(ctx context.Context, method, what string, p *post) (ts string, err error) {
	values, err := p.values()
	if err != nil {
		return "", err
	}
	var answer struct {
		slack.SlackResponse
		TS        string `json:"ts"`
		MessageTS string `json:"message_ts"` // of an ephemeral one
	}
	err = b.call(ctx, method, values, &answer)
	return cmp.Or(answer.TS, answer.MessageTS), check(ctx, what, err)
}

// cut splits text into parts of at most limit characters, at the ends of lines where it can.
func cut(text string, limit int) []string {
	var parts []string
	for utf8.RuneCountInString(text) > limit {
		end, runes := 0, 0
		for i := range text {
			if runes == limit {
				end = i
				break
			}
			runes++
		}
		next := end
		if line := strings.LastIndexByte(text[:end], '\n'); line > 0 {
			end, next = line, line+1
		}
		parts = append(parts, text[:end])
		text = text[next:]
	}
	return append(parts, text)
}
