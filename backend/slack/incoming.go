package slack

import (
	"context"
	"encoding/json"

	"github.com/go-errbot/errbot/backend"
)

// slackbot says what anybody in the workspace has it say.
const slackbot = "USLACKBOT"

func (b *Backend) takeMessage(ctx context.Context, event json.RawMessage, events backend.Sink) error {
	m := &message{}
	if err := json.Unmarshal(event, m); err != nil {
		return err
	}
	if m.SubType == "message_changed" {
		return b.takeEdit(ctx, m, events)
	}
	return b.takeNew(ctx, m, events)
}

// takeNew passes a message on, which may come as several events, and from the history.
func (b *Backend) takeNew(ctx context.Context, m *message, events backend.Sink) error {
	return b.once(m.Channel+" "+m.TS, func() error {
		event, err := b.translate(ctx, m)
		if err != nil {
			return err
		}
		b.progress.note(m, b.isOwn(m))
		if event != nil {
			events.Receive(event)
		}
		return nil
	})
}

// takeEdit passes the new text of a message on. Slack tells of every change of a message,
// for example that a link in it has got a preview, in the same way.
func (b *Backend) takeEdit(ctx context.Context, change *message, events backend.Sink) error {
	now, before := change.Message, change.Previous
	if now == nil || before != nil && now.Text == before.Text {
		return nil
	}
	now.Channel = change.Channel
	event, err := b.translate(ctx, now)
	if m, ok := event.(*backend.Message); ok {
		m.Edited = true
		m.Delayed = b.isOld(change.TS)
		events.Receive(m)
	}
	return err
}

// translate returns what a message says to the host; nil when that is nothing.
func (b *Backend) translate(ctx context.Context, m *message) (backend.Event, error) {
	switch m.SubType {
	case "channel_topic", "group_topic":
		return b.topicChange(ctx, m)
	case "", "file_share", "thread_broadcast", "me_message", "bot_message":
	default: // what Slack says about the channel
		return nil, nil
	}
	if b.isOwn(m) {
		return nil, nil
	}
	if m.User == "" || m.User == slackbot {
		return nil, nil // webhooks and workflows: nobody whom access rules could judge
	}
	said, err := b.speaker(ctx, m.User)
	if err != nil {
		return nil, err
	}
	if said.Ref, err = b.place(ctx, m.Channel); err != nil {
		return nil, err
	}
	if said.Body, said.Mentions, err = b.readable(ctx, m.Text); err != nil {
		return nil, err
	}
	said.ID, said.Thread = m.TS, m.Thread
	said.Delayed = b.isOld(m.TS)
	for _, f := range m.Files {
		said.Files = append(said.Files, f.forHost())
	}
	if len(m.Attachments) > 0 {
		var attachments []any
		if err := json.Unmarshal(m.Attachments, &attachments); err == nil && len(attachments) > 0 {
			said.Extras = map[string]any{backend.ExtraAttachments: attachments}
		}
	}
	return said, nil
}

// isOwn reports whether the bot itself has said m.
func (b *Backend) isOwn(m *message) bool {
	us := b.known()
	return m.User == us.self.ID || m.BotID != "" && m.BotID == us.botID
}

// speaker returns an empty message of somebody's.
func (b *Backend) speaker(ctx context.Context, personID string) (*backend.Message, error) {
	from, err := b.personByID(ctx, personID)
	if err != nil {
		return nil, err
	}
	groups, err := b.groupsOf(ctx, personID)
	return &backend.Message{From: from, Groups: groups}, err
}

func (b *Backend) topicChange(ctx context.Context, m *message) (backend.Event, error) {
	place, err := b.place(ctx, m.Channel)
	if err != nil || place.Room == nil {
		return nil, err
	}
	by, err := b.personByID(ctx, m.User)
	if err != nil {
		return nil, err
	}
	return backend.RoomChange{Room: *place.Room, Kind: backend.TopicChanged, By: by, Topic: unescape(m.Topic)}, nil
}
