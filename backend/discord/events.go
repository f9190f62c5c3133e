package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/bwmarrin/discordgo"

	"github.com/go-errbot/errbot/backend"
)

// take passes one event on. An error ends the connection, after which the event is told
// again; an event that cannot be understood is logged and left out.
func (b *Backend) take(ctx context.Context, e *discordgo.Event, events backend.Sink) error {
	err := b.dispatch(ctx, e, events)
	var again *backend.RetryableError
	switch {
	case errors.As(err, &again), ctx.Err() != nil:
		return fmt.Errorf("discord: %s: %w", e.Type, err)
	case err != nil:
		b.log.Warn("discord: an event is left out", "event", e.Type, "error", err)
	}
	b.session.seq = e.Sequence
	return nil
}

func (b *Backend) dispatch(ctx context.Context, e *discordgo.Event, events backend.Sink) error {
	switch e.Type {
	case "MESSAGE_CREATE":
		m := &discordgo.Message{}
		if err := json.Unmarshal(e.RawData, m); err != nil {
			return err
		}
		return b.takeMessage(ctx, m, events)
	case "MESSAGE_UPDATE":
		m := &discordgo.Message{}
		if err := json.Unmarshal(e.RawData, m); err != nil {
			return err
		}
		return b.takeEdit(ctx, m, events)
	case "MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE":
		return b.takeReaction(ctx, e, events)
	case "PRESENCE_UPDATE":
		return b.takePresence(e, events)
	case "CHANNEL_UPDATE":
		return b.takeChannel(e, events)
	}
	b.learn(e)
	return nil
}

// takeMessage passes a message on unless that has been done.
func (b *Backend) takeMessage(ctx context.Context, m *discordgo.Message, events backend.Sink) error {
	if b.history.has(m.ID) {
		return nil
	}
	msg, err := b.translate(ctx, m)
	var again *backend.RetryableError
	if errors.As(err, &again) || ctx.Err() != nil {
		return err
	}
	b.history.add(m.ID)
	b.history.reached(m.ID)
	if msg != nil {
		events.Receive(msg)
	}
	return err
}

// takeEdit passes the new text of a message on. Discord tells of every change in the same
// way, for example that a link has got a preview; only one of the text has a new time.
func (b *Backend) takeEdit(ctx context.Context, m *discordgo.Message, events backend.Sink) error {
	if m.EditedTimestamp == nil || !b.history.add(m.ID+m.EditedTimestamp.Format(time.RFC3339Nano)) {
		return nil
	}
	msg, err := b.translate(ctx, m)
	if msg != nil {
		msg.Edited, msg.Delayed = true, b.isOld(*m.EditedTimestamp)
		events.Receive(msg)
	}
	return err
}

func (b *Backend) isOld(t time.Time) bool { return time.Since(t) > b.options.CatchUp }

// translate returns what a message says to the host; nil when that is nothing.
func (b *Backend) translate(ctx context.Context, m *discordgo.Message) (*backend.Message, error) {
	switch {
	case m.Author == nil, m.Author.ID == b.Self().ID:
		return nil, nil
	case m.WebhookID != "":
		return nil, nil // it shows any name, but is nobody's
	case m.Type != discordgo.MessageTypeDefault && m.Type != discordgo.MessageTypeReply:
		return nil, nil
	}
	from := personOf(m.Author, m.Member)
	b.directory.people.put(m.Author.ID, m.Author)
	place, err := b.placeOf(ctx, m, from)
	if err != nil || b.isDeaf(place) {
		return nil, err
	}
	place.ID = m.ID
	b.noticeSilence(m)
	msg := &backend.Message{Ref: place, From: from, Body: b.readable(m), Delayed: b.isOld(timeOf(m.ID))}
	if msg.Groups, err = b.rolesOf(ctx, from.ID); err != nil {
		return nil, err
	}
	for _, u := range m.Mentions {
		msg.Mentions = append(msg.Mentions, personOf(u, nil))
	}
	for _, a := range m.Attachments {
		msg.Files = append(msg.Files, backend.File{Name: a.Filename, Type: a.ContentType, Size: int64(a.Size), URL: a.URL})
	}
	if len(m.Embeds) > 0 {
		msg.Extras = map[string]any{backend.ExtraEmbeds: m.Embeds}
	}
	return msg, nil
}

// placeOf returns where a message was said. What has no server is private.
func (b *Backend) placeOf(ctx context.Context, m *discordgo.Message, from backend.Person) (backend.Ref, error) {
	if m.GuildID == "" {
		b.directory.direct.put(from.ID, m.ChannelID)
		return backend.ToPerson(from), nil
	}
	if m.Member != nil {
		m.Member.GuildID, m.Member.User = m.GuildID, m.Author
		b.directory.putMember(m.Member)
	}
	return b.place(ctx, m.ChannelID)
}

// noticeSilence tells the operator, once, that Discord keeps from the bot what people say.
func (b *Backend) noticeSilence(m *discordgo.Message) {
	if m.Content != "" || len(m.Attachments)+len(m.Embeds)+len(m.StickerItems) > 0 || m.Poll != nil || len(m.MessageSnapshots) > 0 {
		return
	}
	b.silent.Do(func() {
		b.log.Warn("discord: a message came without its text: Discord shows bots what people say in channels only with the " +
			"privileged intent Message Content; switch it on in the developer portal, under Bot, and do not set " +
			"message_content to false. Until then the bot reads private messages and messages that mention it, and no others")
	})
}

func (b *Backend) takeReaction(ctx context.Context, e *discordgo.Event, events backend.Sink) error {
	var r discordgo.MessageReactionAdd
	if err := json.Unmarshal(e.RawData, &r); err != nil || r.MessageReaction == nil {
		return fmt.Errorf("not understood: %w", err)
	}
	if r.UserID == b.Self().ID {
		return nil
	}
	if r.Member != nil {
		r.Member.GuildID = r.GuildID
		b.directory.putMember(r.Member)
	}
	by, err := b.person(ctx, r.UserID)
	if err != nil {
		return err
	}
	to := backend.ToPerson(by)
	if r.GuildID != "" {
		if to, err = b.place(ctx, r.ChannelID); err != nil {
			return err
		}
	}
	to.ID = r.MessageID
	events.Receive(backend.Reaction{
		By: by, To: to, Name: emojiName(r.Emoji.Name), Removed: e.Type == "MESSAGE_REACTION_REMOVE", At: time.Now(),
	})
	return nil
}

// takePresence tells of people whom the bot knows: Discord names others by their ID only.
func (b *Backend) takePresence(e *discordgo.Event, events backend.Sink) error {
	var p discordgo.PresenceUpdate
	if err := json.Unmarshal(e.RawData, &p); err != nil || p.User == nil {
		return fmt.Errorf("not understood: %w", err)
	}
	u, ok := b.directory.people.get(p.User.ID)
	if !ok || p.User.ID == b.Self().ID || p.GuildID != b.directory.homeID() {
		return nil
	}
	status := string(p.Status)
	if p.Status == discordgo.StatusIdle {
		status = "away"
	}
	note := ""
	for _, a := range p.Activities {
		if a.Type == discordgo.ActivityTypeCustom {
			note = a.State
		}
	}
	events.Receive(backend.Presence{Person: personOf(u, nil), Status: status, Note: note})
	return nil
}

// takeChannel tells of a new topic.
func (b *Backend) takeChannel(e *discordgo.Event, events backend.Sink) error {
	var c discordgo.Channel
	if err := json.Unmarshal(e.RawData, &c); err != nil {
		return err
	}
	before := b.directory.channel(c.ID)
	b.directory.putChannel(&c)
	if before != nil && isRoom(&c) && before.Topic != c.Topic {
		events.Receive(backend.RoomChange{Room: b.directory.room(&c), Kind: backend.TopicChanged, Topic: c.Topic})
	}
	return nil
}
