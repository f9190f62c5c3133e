package mattermost

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/mattermost/mattermost-server/v6/model"

	"github.com/go-errbot/errbot/backend"
)

// take passes one event on. An error ends the connection, after which the event is asked
// for again; an event that cannot be understood is logged and left out.
func (b *Backend) take(ctx context.Context, e *model.WebSocketEvent, events backend.Sink) error {
	err := b.dispatch(ctx, e, events)
	var again *backend.RetryableError
	if err == nil || errors.As(err, &again) || ctx.Err() != nil {
		return err
	}
	b.log.Warn("mattermost: an event is left out", "event", e.EventType(), "error", err)
	return nil
}

func (b *Backend) dispatch(ctx context.Context, e *model.WebSocketEvent, events backend.Sink) error {
	switch e.EventType() {
	case model.WebsocketEventPosted, model.WebsocketEventPostEdited:
		post := &model.Post{}
		if err := decode(e, "post", post); err != nil {
			return err
		}
		if e.EventType() == model.WebsocketEventPostEdited {
			return b.takeEdit(ctx, post, events)
		}
		return b.takePost(ctx, post, events)
	case model.WebsocketEventReactionAdded, model.WebsocketEventReactionRemoved:
		return b.takeReaction(ctx, e, events)
	case model.WebsocketEventUserAdded, model.WebsocketEventUserRemoved:
		return b.takeMembership(ctx, e, events)
	case model.WebsocketEventUserUpdated:
		if u, ok := e.GetData()["user"].(*model.User); ok {
			b.directory.renamed(u)
		}
	case model.WebsocketEventNewUser:
		b.directory.names.clear()
	case model.WebsocketEventChannelUpdated, model.WebsocketEventChannelConverted, model.WebsocketEventChannelDeleted:
		b.directory.channels.clear()
	case model.WebsocketEventUpdateTeam:
		b.directory.teams.clear()
	}
	return nil
}

// decode reads the JSON text that an event has under key.
func decode(e *model.WebSocketEvent, key string, into any) error {
	text, ok := e.GetData()[key].(string)
	if !ok {
		return errors.New("the event has no " + key)
	}
	return json.Unmarshal([]byte(text), into)
}

// takePost passes a post on unless that has been done.
func (b *Backend) takePost(ctx context.Context, post *model.Post, events backend.Sink) error {
	if b.history.has(post) {
		return nil
	}
	event, err := b.translate(ctx, post)
	var again *backend.RetryableError
	if errors.As(err, &again) || ctx.Err() != nil {
		return err
	}
	b.history.add(post)
	if m, ok := event.(*backend.Message); ok {
		m.Delayed = b.isDelayed(post)
	}
	if event != nil {
		events.Receive(event)
	}
	return err
}

// isDelayed reports whether post is of a time without a connection, and too old to be acted
// upon. A server that takes up an earlier websocket brings such posts as well.
func (b *Backend) isDelayed(post *model.Post) bool {
	age := b.opened.now().Sub(time.UnixMilli(post.CreateAt))
	return post.CreateAt < b.opened.at && age > b.options.CatchUp
}

// takeEdit passes the new text of a post on. The server tells of every change of a post,
// for example that it was pinned, in the same way; only one of the text moves EditAt.
func (b *Backend) takeEdit(ctx context.Context, post *model.Post, events backend.Sink) error {
	const apart = 1000 // ms between the two times of one change
	if post.EditAt == 0 || post.UpdateAt-post.EditAt > apart {
		return nil
	}
	event, err := b.translate(ctx, post)
	if m, ok := event.(*backend.Message); ok {
		m.Edited = true
		events.Receive(m)
	}
	return err
}

// translate returns what a post says to the host; nil when that is nothing.
func (b *Backend) translate(ctx context.Context, post *model.Post) (backend.Event, error) {
	switch {
	case post.Type == model.PostTypeHeaderChange:
		return b.topicChange(ctx, post)
	case post.UserId == b.known().self.ID, post.IsSystemMessage(), post.DeleteAt != 0:
		return nil, nil
	case post.GetProp("from_webhook") == "true":
		// Its author is whoever made the webhook, and anybody may use that: it must not
		// have that person's rights.
		return nil, nil
	}
	place, err := b.place(ctx, post.ChannelId)
	if err != nil {
		return nil, err
	}
	from, err := b.personByID(ctx, post.UserId)
	if err != nil {
		return nil, err
	}
	mentioned, err := b.mentioned(ctx, post.Message)
	if err != nil {
		return nil, err
	}
	place.Thread, place.ID = post.RootId, post.Id
	m := &backend.Message{Ref: place, From: from, Body: post.Message, Mentions: mentioned, Files: b.files(post)}
	if attachments := post.GetProp("attachments"); attachments != nil {
		m.Extras = map[string]any{backend.ExtraAttachments: attachments}
	}
	return m, nil
}

func (b *Backend) topicChange(ctx context.Context, post *model.Post) (backend.Event, error) {
	place, err := b.place(ctx, post.ChannelId)
	if err != nil || place.Room == nil {
		return nil, err
	}
	by, err := b.personByID(ctx, post.UserId)
	if err != nil {
		return nil, err
	}
	topic, _ := post.GetProp("new_header").(string)
	return backend.RoomChange{Room: *place.Room, Kind: backend.TopicChanged, By: by, Topic: topic}, nil
}

func (b *Backend) takeReaction(ctx context.Context, e *model.WebSocketEvent, events backend.Sink) error {
	var r model.Reaction
	if err := decode(e, "reaction", &r); err != nil {
		return err
	}
	if r.UserId == b.known().self.ID {
		return nil
	}
	by, err := b.personByID(ctx, r.UserId)
	if err != nil {
		return err
	}
	to, err := b.place(ctx, e.GetBroadcast().ChannelId)
	if err != nil {
		return err
	}
	to.ID = r.PostId
	events.Receive(backend.Reaction{
		By:      by,
		To:      to,
		Name:    r.EmojiName,
		Removed: e.EventType() == model.WebsocketEventReactionRemoved,
		At:      time.UnixMilli(max(r.CreateAt, r.UpdateAt)),
	})
	return nil
}

// takeMembership tells that somebody entered or left a room.
func (b *Backend) takeMembership(ctx context.Context, e *model.WebSocketEvent, events backend.Sink) error {
	text := func(key string) string { s, _ := e.GetData()[key].(string); return s }
	who, channelID := text("user_id"), e.GetBroadcast().ChannelId
	if channelID == "" { // the bot itself is told in another way than those who stay
		who, channelID = b.known().self.ID, text("channel_id")
	}
	change := backend.RoomChange{Kind: backend.Joined}
	left := e.EventType() == model.WebsocketEventUserRemoved
	if left {
		change.Kind = backend.Left
	}
	place, err := b.place(ctx, channelID)
	if left && who == b.known().self.ID {
		b.history.forget(channelID)
		b.directory.channels.drop(channelID)
	}
	if err != nil || place.Room == nil {
		return err
	}
	change.Room = *place.Room
	if change.Person, err = b.personByID(ctx, who); err != nil {
		return err
	}
	if remover := text("remover_id"); remover != "" && remover != who {
		if change.By, err = b.personByID(ctx, remover); err != nil {
			return err
		}
	}
	events.Receive(change)
	return nil
}
