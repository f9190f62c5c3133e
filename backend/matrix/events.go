package matrix

import (
	"context"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"github.com/go-errbot/errbot/backend"
)

// translate returns what an event says to the host; nil when that is nothing.
func (b *Backend) translate(ctx context.Context, e *event.Event, doors *doors) (backend.Event, error) {
	if err := parse(e); err != nil {
		return nil, nil // a kind of event that nobody here asks for, or one that is broken
	}
	own := e.Sender == b.client().UserID
	if e.StateKey != nil {
		b.noteState(e.RoomID, e)
		return b.translateState(ctx, e, doors)
	}
	if own || e.Unsigned.RedactedBecause != nil {
		return nil, nil
	}
	switch content := e.Content.Parsed.(type) {
	case *event.MessageEventContent:
		return b.translateMessage(ctx, e, content)
	case *event.ReactionEventContent:
		return b.translateReaction(ctx, e, content)
	case *event.RedactionEventContent:
		return b.translateRedaction(e, content), nil
	case *event.EncryptedEventContent:
		doors.tellOfEncryption(e.RoomID)
	}
	return nil, nil
}

// translateState tells what has changed about a room.
func (b *Backend) translateState(ctx context.Context, e *event.Event, doors *doors) (backend.Event, error) {
	switch content := e.Content.Parsed.(type) {
	case *event.MemberEventContent:
		return b.translateMember(ctx, e, content)
	case *event.TopicEventContent:
		place, err := b.place(ctx, e.RoomID)
		if err != nil || place.Room == nil {
			return nil, err
		}
		by := b.personByID(ctx, e.Sender)
		return backend.RoomChange{Room: *place.Room, Kind: backend.TopicChanged, By: by, Topic: content.Topic}, nil
	case *event.TombstoneEventContent:
		doors.follow(content.ReplacementRoom, e.Sender.Homeserver())
	}
	return nil, nil
}

// translateMember tells who has entered or left a room. Who only changes a name has been
// there before, and an invitation is not told.
func (b *Backend) translateMember(ctx context.Context, e *event.Event, content *event.MemberEventContent) (backend.Event, error) {
	before := membershipBefore(e)
	change := backend.RoomChange{}
	switch {
	case content.Membership == event.MembershipJoin && before != event.MembershipJoin:
		change.Kind = backend.Joined
	case content.Membership != event.MembershipJoin && before == event.MembershipJoin:
		change.Kind = backend.Left
	default:
		return nil, nil
	}
	place, err := b.place(ctx, e.RoomID)
	if err != nil || place.Room == nil {
		return nil, err
	}
	who := e.GetStateKey()
	change.Room = *place.Room
	change.Person = b.personByID(ctx, id.UserID(who))
	if string(e.Sender) != who {
		change.By = b.personByID(ctx, e.Sender)
	}
	return change, nil
}

// translateMessage returns what somebody said. Notices are what bots say to people: nothing
// may answer them, so that two bots cannot talk for ever.
func (b *Backend) translateMessage(ctx context.Context, e *event.Event, content *event.MessageEventContent) (backend.Event, error) {
	if content.MsgType == event.MsgNotice {
		return nil, nil
	}
	place, err := b.place(ctx, e.RoomID)
	if err != nil {
		return nil, err
	}
	place.ID, place.Thread = string(e.ID), string(content.RelatesTo.GetThreadParent())
	m := &backend.Message{From: b.personByID(ctx, e.Sender)}
	if replaced := content.RelatesTo.GetReplaceID(); replaced != "" {
		original, err := b.original(ctx, e, replaced)
		if original == nil || err != nil {
			return nil, err
		}
		m.Edited = true
		place.ID, place.Thread = string(replaced), string(original.RelatesTo.GetThreadParent())
		if content.NewContent != nil {
			content = content.NewContent
		}
	}
	m.Ref, m.Body = place, spoken(content)
	m.Mentions = b.mentioned(ctx, content)
	if f, ok := file(content); ok {
		m.Body, m.Files = content.GetCaption(), []backend.File{f}
	}
	if content.Format == event.FormatHTML && content.FormattedBody != "" {
		m.Extras = map[string]any{backend.ExtraFormattedBody: content.FormattedBody}
	}
	return m, nil
}

// original returns the message that e replaces; nil when e may not do so: people change what
// they said themselves.
func (b *Backend) original(ctx context.Context, e *event.Event, replaced id.EventID) (*event.MessageEventContent, error) {
	var original *event.Event
	err := patiently(ctx, func() (err error) {
		original, err = b.client().GetEvent(ctx, e.RoomID, replaced)
		return check("look up what was changed", err)
	})
	if err != nil {
		return nil, err
	}
	if original.Sender != e.Sender || parse(original) != nil {
		return nil, nil
	}
	content, _ := original.Content.Parsed.(*event.MessageEventContent)
	return content, nil
}

// spoken returns what somebody typed, without the quotation that clients used to put before
// an answer.
func spoken(content *event.MessageEventContent) string {
	if content.RelatesTo.GetReplyTo() != "" && strings.HasPrefix(content.FormattedBody, "<mx-reply>") {
		return event.TrimReplyFallbackText(content.Body)
	}
	return content.Body
}

func (b *Backend) translateReaction(ctx context.Context, e *event.Event, content *event.ReactionEventContent) (backend.Event, error) {
	to := content.RelatesTo.GetAnnotationID()
	if to == "" {
		return nil, nil
	}
	place, err := b.place(ctx, e.RoomID)
	if err != nil {
		return nil, err
	}
	place.ID = string(to)
	r := backend.Reaction{
		By:   b.personByID(ctx, e.Sender),
		To:   place,
		Name: b.emoji.name(content.RelatesTo.Key),
		At:   time.UnixMilli(e.Timestamp),
	}
	b.reactions.put(string(e.ID), r)
	return r, nil
}

// translateRedaction tells that a reaction was taken away. The server does not say any more
// what it was, so that only those count that the bot has seen.
func (b *Backend) translateRedaction(e *event.Event, content *event.RedactionEventContent) backend.Event {
	gone := string(e.Redacts)
	if gone == "" {
		gone = string(content.Redacts)
	}
	r, known := b.reactions.get(gone)
	if !known {
		return nil
	}
	b.reactions.drop(gone)
	r.Removed, r.At = true, time.UnixMilli(e.Timestamp)
	return r
}
