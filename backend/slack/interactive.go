package slack

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/slack-go/slack"

	"github.com/go-errbot/errbot/backend"
)

// ExtraInteraction is the key of [backend.Message.Extras] under which a message that
// somebody said by a slash command, a button, a menu, a shortcut or a dialog has what Slack
// sent: an object as encoding/json decodes it, with trigger_id, response_url, actions, view
// and so on.
const ExtraInteraction = "slack_interaction"

// takeSlash passes a slash command on as the message that it stands for.
func (b *Backend) takeSlash(ctx context.Context, payload json.RawMessage, events backend.Sink) error {
	var c slack.SlashCommand
	if err := json.Unmarshal(payload, &c); err != nil {
		return err
	}
	text, _, err := b.readable(ctx, c.Text)
	if err != nil {
		return err
	}
	start, ok := b.options.SlashCommands[c.Command]
	if !ok {
		start = b.options.Prefix + strings.TrimPrefix(c.Command, "/") + " "
	}
	return b.say(ctx, said{by: c.UserID, in: c.ChannelID, text: strings.TrimSpace(start + text), payload: payload}, events)
}

// interaction is what is read of the use of a button, menu, shortcut or dialog. The module's
// own type cannot be decoded where Slack sends more than it knows.
type interaction struct {
	Type       string `json:"type"`
	CallbackID string `json:"callback_id"`
	User       id     `json:"user"`
	Channel    id     `json:"channel"`
	Container  struct {
		MessageTS string `json:"message_ts"`
		ThreadTS  string `json:"thread_ts"`
		ChannelID string `json:"channel_id"`
	} `json:"container"`
	Message struct {
		TS     string `json:"ts"`
		Thread string `json:"thread_ts"`
	} `json:"message"`
	Actions []action `json:"actions"`
	View    struct {
		CallbackID string `json:"callback_id"`
	} `json:"view"`
}

type id struct {
	ID string `json:"id"`
}

// action is what somebody has chosen. What has no value of its own has none here.
type action struct {
	Value    string `json:"value"`
	Selected struct {
		Value string `json:"value"`
	} `json:"selected_option"`
}

// takeInteraction passes on what somebody said with a button or something like it: its value.
func (b *Backend) takeInteraction(ctx context.Context, payload json.RawMessage, events backend.Sink) error {
	var i interaction
	if err := json.Unmarshal(payload, &i); err != nil {
		return err
	}
	s := said{by: i.User.ID, in: cmp.Or(i.Channel.ID, i.Container.ChannelID), payload: payload}
	switch i.Type {
	case "block_actions", "interactive_message":
		s.thread = cmp.Or(i.Container.ThreadTS, i.Message.Thread)
		if len(i.Actions) > 0 {
			s.text = cmp.Or(i.Actions[0].Value, i.Actions[0].Selected.Value)
		}
	case "message_action":
		s.text, s.thread = i.CallbackID, i.Message.Thread
	case "shortcut":
		s.text = i.CallbackID
	case "view_submission":
		s.text = i.View.CallbackID
	default:
		return nil
	}
	return b.say(ctx, s, events)
}

// said is what somebody said without typing it.
type said struct {
	by, in, thread, text string
	payload              json.RawMessage
}

// say passes s on.
func (b *Backend) say(ctx context.Context, s said, events backend.Sink) error {
	m, err := b.answerable(ctx, &s)
	if err != nil {
		return err
	}
	var payload map[string]any
	if err := json.Unmarshal(s.payload, &payload); err != nil {
		return err
	}
	m.Body, m.Extras = s.text, map[string]any{ExtraInteraction: payload}
	events.Receive(m)
	return nil
}

// answerable returns an empty message in the channel where s was said; a private one when
// that is nowhere, or where the bot is not.
func (b *Backend) answerable(ctx context.Context, s *said) (*backend.Message, error) {
	m, err := b.speaker(ctx, s.by)
	if err != nil {
		return nil, err
	}
	m.Ref = backend.ToPerson(m.From)
	if s.in == "" {
		return m, nil
	}
	c, err := b.channelByID(ctx, s.in)
	switch {
	case errors.Is(err, backend.ErrUnknown):
		return m, nil
	case err != nil:
		return nil, err
	case c.user == "" && c.member:
		m.Ref = backend.ToRoom(c.room())
		m.Thread = s.thread
	case c.user == s.by:
		m.Thread = s.thread
	}
	return m, nil
}
