package slack

import (
	"context"
	"encoding/json"
	"time"

	"github.com/slack-go/slack/slackevents"

	"github.com/go-errbot/errbot/backend"
)

// dispatch passes on what an envelope holds, unless that has been done: Slack sends again
// what it believes to be lost.
func (b *Backend) dispatch(ctx context.Context, e *envelope, events backend.Sink) error {
	switch e.Type {
	case "events_api":
		return b.takeEvent(ctx, e, events)
	case "slash_commands":
		return b.once(trigger(e), func() error { return b.takeSlash(ctx, e.Payload, events) })
	case "interactive":
		return b.once(trigger(e), func() error { return b.takeInteraction(ctx, e.Payload, events) })
	}
	return nil
}

// trigger names what somebody did in an envelope without an event.
func trigger(e *envelope) string {
	var payload struct {
		ID string `json:"trigger_id"`
	}
	if err := json.Unmarshal(e.Payload, &payload); err != nil || payload.ID == "" {
		return e.ID
	}
	return payload.ID
}

// once does something that has not been done under that key, and could not be done now.
func (b *Backend) once(key string, do func() error) error {
	if key != "" && b.past.has(key) {
		return nil
	}
	if err := do(); err != nil {
		return err
	}
	if key != "" {
		b.past.add(key)
	}
	return nil
}

func (b *Backend) takeEvent(ctx context.Context, e *envelope, events backend.Sink) error {
	var c callback
	if err := json.Unmarshal(e.Payload, &c); err != nil {
		return err
	}
	var event struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(c.Event, &event); err != nil {
		return err
	}
	return b.once(c.EventID, func() error {
		switch event.Type {
		case "message", "app_mention":
			return b.takeMessage(ctx, c.Event, events)
		case "reaction_added", "reaction_removed":
			return b.takeReaction(ctx, c.Event, events)
		case "member_joined_channel", "member_left_channel":
			return b.takeMembership(ctx, c.Event, events)
		}
		return b.learnOf(event.Type, c.Event)
	})
}

// learnOf keeps what is remembered up to date.
func (b *Backend) learnOf(kind string, event json.RawMessage) error {
	switch kind {
	case "user_change", "user_profile_changed":
		var change struct {
			User struct {
				ID string `json:"id"`
			} `json:"user"`
		}
		if err := json.Unmarshal(event, &change); err != nil {
			return err
		}
		b.directory.people.drop(change.User.ID)
		b.directory.users.clear()
	case "team_join":
		b.directory.users.clear()
	case "channel_rename", "group_rename", "channel_id_changed", "channel_created", "channel_deleted", "channel_archive", "channel_unarchive":
		b.directory.channels.clear()
		b.directory.names.clear()
	case "subteam_created", "subteam_updated", "subteam_members_changed":
		b.directory.groups.forget()
	}
	return nil
}

func (b *Backend) takeReaction(ctx context.Context, event json.RawMessage, events backend.Sink) error {
	var r slackevents.ReactionAddedEvent // that it was removed has the same form
	if err := json.Unmarshal(event, &r); err != nil {
		return err
	}
	if r.User == b.known().self.ID || r.Item.Type != "message" {
		return nil
	}
	by, err := b.personByID(ctx, r.User)
	if err != nil {
		return err
	}
	to, err := b.place(ctx, r.Item.Channel)
	if err != nil {
		return err
	}
	to.ID = r.Item.Timestamp
	events.Receive(backend.Reaction{
		By: by, To: to, Name: r.Reaction, Removed: r.Type == "reaction_removed", At: timeOf(r.EventTimestamp),
	})
	return nil
}

// takeMembership tells that somebody entered or left a room.
func (b *Backend) takeMembership(ctx context.Context, event json.RawMessage, events backend.Sink) error {
	var m slackevents.MemberJoinedChannelEvent // leaving has the same form
	if err := json.Unmarshal(event, &m); err != nil {
		return err
	}
	if m.User == b.known().self.ID {
		b.directory.channels.drop(m.Channel) // it says whether the bot is in it
	}
	place, err := b.place(ctx, m.Channel)
	if err != nil || place.Room == nil {
		return err
	}
	change := backend.RoomChange{Room: *place.Room, Kind: backend.Joined}
	if m.Type == "member_left_channel" {
		change.Kind = backend.Left
	}
	if change.Person, err = b.personByID(ctx, m.User); err != nil {
		return err
	}
	if m.Inviter != "" {
		if change.By, err = b.personByID(ctx, m.Inviter); err != nil {
			return err
		}
	}
	events.Receive(change)
	return nil
}

// isOld reports whether a message is too old to be acted upon.
func (b *Backend) isOld(ts string) bool {
	said := timeOf(ts)
	return !said.IsZero() && said.Before(b.now().Add(-max(b.options.CatchUp, 0)-clockTolerance))
}

// clockTolerance is how exactly Slack's time is known.
const clockTolerance = 2 * time.Second
