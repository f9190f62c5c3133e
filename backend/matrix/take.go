package matrix

import (
	"context"
	"fmt"
	"slices"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"github.com/go-errbot/errbot/backend"
)

// dated is an event with the time by which events of several rooms are put in order.
type dated struct {
	*event.Event
	at int64
}

// take passes on one answer of the stream. After an error it is asked for again.
func (b *Backend) take(ctx context.Context, news *mautrix.RespSync, doors *doors, events backend.Sink) error {
	b.takeAccountData(news)
	for id, left := range news.Rooms.Leave {
		if err := b.takeLeave(ctx, id, left, events); err != nil {
			return err
		}
	}
	for id, invited := range news.Rooms.Invite {
		b.rooms.invite(id, invited.State.Events)
		doors.takeInvitation(id, invited.State.Events)
	}
	var all []dated
	for id, joined := range news.Rooms.Join {
		said, err := b.unread(ctx, id, joined)
		if err != nil {
			return err
		}
		all = append(all, said...)
	}
	for _, e := range all {
		b.position.newest = max(b.position.newest, e.Timestamp)
	}
	if err := b.savePosition(string(b.client().UserID), news.NextBatch); err != nil {
		return err
	}
	slices.SortStableFunc(all, func(x, y dated) int { return int(x.at - y.at) })
	for _, e := range all {
		if err := b.takeEvent(ctx, e.Event, doors, events); err != nil {
			return err
		}
	}
	b.takePresence(ctx, news.Presence.Events, events)
	for id := range news.Rooms.Join {
		b.rooms.change(id, func(r *room) { r.settled = true })
	}
	b.position.token = news.NextBatch
	return nil
}

func (b *Backend) takeAccountData(news *mautrix.RespSync) {
	for _, e := range news.AccountData.Events {
		e.Type.Class = event.AccountDataEventType
		if e.Type == event.AccountDataDirectChats && e.Content.ParseRaw(e.Type) == nil {
			if direct, ok := e.Content.Parsed.(*event.DirectChatsEventContent); ok && direct != nil {
				b.rooms.setDirect(*direct)
			}
		}
	}
}

// takeLeave tells that the bot is no longer in a room.
func (b *Backend) takeLeave(ctx context.Context, where id.RoomID, left *mautrix.SyncLeftRoom, events backend.Sink) error {
	if _, known := b.rooms.get(where); !known {
		return nil
	}
	place, err := b.place(ctx, where)
	if mayPass(err) {
		return err
	}
	b.rooms.leave(where)
	if err != nil || place.Room == nil {
		return nil
	}
	change := backend.RoomChange{Room: *place.Room, Kind: backend.Left, Person: b.Self()}
	for _, e := range left.Timeline.Events {
		if e.Type.Type == event.StateMember.Type && e.GetStateKey() == change.Person.ID && e.Sender != id.UserID(change.Person.ID) {
			change.By = b.personByID(ctx, e.Sender)
		}
	}
	events.Receive(change)
	return nil
}

// unread returns the events of a room that have not been dealt with, in their order. Their
// times never go back: within a room its own order counts.
func (b *Backend) unread(ctx context.Context, where id.RoomID, joined *mautrix.SyncJoinedRoom) ([]dated, error) {
	isNew := b.rooms.enter(where)
	b.takeState(where, joined.State.Events)
	timeline := joined.Timeline.Events
	if joined.Timeline.Limited {
		b.rooms.change(where, func(r *room) { r.members = nil }) // who came and went is not told
		missed, err := b.fill(ctx, where, joined.Timeline.PrevBatch, isNew)
		if err != nil {
			return nil, err
		}
		timeline = append(missed, timeline...)
	}
	if isNew {
		for _, e := range timeline {
			if e.StateKey != nil && parse(e) == nil {
				b.noteState(where, e)
			}
		}
	}
	timeline = sinceAskedIn(timeline, string(b.client().UserID), isNew)
	var all []dated
	at := int64(0)
	for _, e := range timeline {
		e.RoomID = where
		at = max(at, e.Timestamp)
		if !b.seen.has(e.ID) {
			all = append(all, dated{e, at})
		}
	}
	return all, nil
}

// sinceAskedIn leaves out what was said in a room before the bot was asked in or, when it
// was not asked, went in by itself. Of a room that is new to it, it is all when the timeline
// does not show how it came.
func sinceAskedIn(timeline []*event.Event, self string, isNew bool) []*event.Event {
	for i, e := range slices.Backward(timeline) {
		switch membershipOf(e, self) {
		case "":
			continue
		case event.MembershipJoin:
			before := membershipBefore(e)
			if before == event.MembershipJoin || before == "" && !isNew {
				continue // only a name or picture has changed
			}
			if asked := lastInvite(timeline[:i], self); asked >= 0 {
				return timeline[asked+1:]
			}
			return timeline[i:]
		}
		break
	}
	if isNew {
		return nil
	}
	return timeline
}

// lastInvite returns where the bot was asked into a room, unless it has been in it or left
// it since; -1 when it was not.
func lastInvite(timeline []*event.Event, self string) int {
	for i, e := range slices.Backward(timeline) {
		switch membershipOf(e, self) {
		case "":
		case event.MembershipInvite:
			return i
		default:
			return -1
		}
	}
	return -1
}

// membershipOf returns what an event makes of somebody; "" when it is about something else.
func membershipOf(e *event.Event, who string) event.Membership {
	if e.Type.Type != event.StateMember.Type || e.GetStateKey() != who || parse(e) != nil {
		return ""
	}
	return e.Content.AsMember().Membership
}

// membershipBefore returns what somebody was before an event; "" when it is not told.
func membershipBefore(e *event.Event) event.Membership {
	prev := e.Unsigned.PrevContent
	if prev == nil || prev.Parsed == nil && prev.ParseRaw(event.StateMember) != nil {
		return ""
	}
	return prev.AsMember().Membership
}

// takeEvent passes one event on. An event that cannot be understood is logged and left out;
// one that the server does not answer for now ends the connection.
func (b *Backend) takeEvent(ctx context.Context, e *event.Event, doors *doors, events backend.Sink) error {
	translated, err := b.translate(ctx, e, doors)
	if mayPass(err) || ctx.Err() != nil {
		return fmt.Errorf("matrix: %s: %w", e.Type.Type, err)
	}
	b.seen.add(e.ID)
	if err != nil {
		b.log.Warn("matrix: an event is left out", "event", e.ID, "type", e.Type.Type, "error", err)
	}
	if m, ok := translated.(*backend.Message); ok {
		m.Delayed = b.isOld(e)
	}
	if translated != nil {
		events.Receive(translated)
	}
	return nil
}

// isOld reports whether an event is not to be acted upon: it is older than what is caught up
// with, or than the bot.
func (b *Backend) isOld(e *event.Event) bool {
	said := time.UnixMilli(e.Timestamp)
	return time.Since(said)+b.clock > b.options.CatchUp || said.Before(b.position.began)
}

func (b *Backend) takePresence(ctx context.Context, list []*event.Event, events backend.Sink) {
	self := b.client().UserID
	for _, e := range list {
		e.Type.Class = event.EphemeralEventType
		if e.Sender == self || e.Content.ParseRaw(e.Type) != nil {
			continue
		}
		content := e.Content.AsPresence()
		events.Receive(backend.Presence{
			Person: b.personByID(ctx, e.Sender),
			Status: statusOf(content.Presence),
			Note:   content.StatusMessage,
		})
	}
}
