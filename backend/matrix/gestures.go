package matrix

import (
	"context"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"github.com/go-errbot/errbot/backend"
)

// Extras implements [backend.ExtrasSender]: HTML is shown in place of the text.
func (b *Backend) Extras() []string { return []string{backend.ExtraFormattedBody} }

// Edit implements [backend.Editor].
func (b *Backend) Edit(ctx context.Context, m *backend.Message) error {
	cli, err := b.connected()
	if err != nil {
		return err
	}
	where, err := b.destination(ctx, cli, m.Ref)
	if err != nil {
		return err
	}
	content := b.content(m)
	content.SetEdit(id.EventID(m.ID))
	_, err = b.put(ctx, cli, where, event.EventMessage, content, content)
	return err
}

// React implements [backend.Reactor]. The name is that of an emoji, or any text.
func (b *Backend) React(ctx context.Context, to backend.Ref, name string) error {
	cli, where, own, err := b.ownReaction(ctx, to, name)
	if err != nil || own != "" {
		return err
	}
	content := &event.ReactionEventContent{}
	content.RelatesTo.SetAnnotation(id.EventID(to.ID), b.emoji.character(name))
	made, err := b.put(ctx, cli, where, event.EventReaction, content, content)
	if err == nil {
		b.own.put(b.reactionKey(to, name), made)
	}
	return err
}

// Unreact implements [backend.Reactor].
func (b *Backend) Unreact(ctx context.Context, to backend.Ref, name string) error {
	cli, where, own, err := b.ownReaction(ctx, to, name)
	if err != nil || own == "" {
		return err
	}
	_, err = cli.RedactEvent(ctx, where, own)
	if err == nil {
		b.own.put(b.reactionKey(to, name), "")
	}
	return check("take back "+name, err)
}

// reactionKey names one of the bot's reactions.
func (b *Backend) reactionKey(to backend.Ref, name string) string {
	return to.ID + " " + b.emoji.character(name)
}

// ownReaction returns the bot's own reaction on a message; "" when there is none. What the bot
// remembers counts more than the server's list, which may lag behind what the server has taken.
func (b *Backend) ownReaction(ctx context.Context, to backend.Ref, name string) (cli *mautrix.Client, where id.RoomID, own id.EventID, err error) {
	if cli, err = b.connected(); err != nil {
		return nil, "", "", err
	}
	if where, err = b.destination(ctx, cli, to); err != nil {
		return nil, "", "", err
	}
	if own, known := b.own.get(b.reactionKey(to, name)); known {
		return cli, where, own, nil
	}
	req := &mautrix.ReqGetRelations{RelationType: event.RelAnnotation, EventType: event.EventReaction, Limit: pageSize}
	for range gapLimit / pageSize {
		page, err := cli.GetRelations(ctx, where, id.EventID(to.ID), req)
		if err := check("look for the reaction "+name, err); err != nil {
			return nil, "", "", err
		}
		for _, e := range page.Chunk {
			if e.Sender == cli.UserID && parse(e) == nil && b.emoji.name(e.Content.AsReaction().RelatesTo.Key) == b.emoji.name(b.emoji.character(name)) {
				return cli, where, e.ID, nil
			}
		}
		if req.From = page.NextBatch; req.From == "" {
			break
		}
	}
	return cli, where, "", nil
}

// Typing implements [backend.Typer].
func (b *Backend) Typing(ctx context.Context, at backend.Ref) error {
	const shown = 5 * time.Second // the host says it again every four
	cli, err := b.connected()
	if err != nil {
		return err
	}
	where, err := b.destination(ctx, cli, at)
	if err != nil {
		return err
	}
	_, err = cli.UserTyping(ctx, where, true, shown)
	return check("show that the bot is typing", err)
}

// What the host calls the presences of Matrix.
const (
	presenceOnline = "online"
	presenceAway   = "away"
)

// SetPresence implements [backend.PresenceSetter]. Matrix knows "online", "offline" and
// "unavailable", which stands for "away" and "dnd". Many servers do not pass it on.
func (b *Backend) SetPresence(ctx context.Context, status, note string) error {
	cli, err := b.connected()
	if err != nil {
		return err
	}
	b.mu.Lock()
	b.presence = status
	b.mu.Unlock()
	err = cli.SetPresence(ctx, mautrix.ReqPresence{Presence: presenceOf(status), StatusMsg: note})
	return check("be "+status, err)
}

// wantedPresence is what every request for news says, too: it would make the bot be online.
func (b *Backend) wantedPresence() event.Presence {
	b.mu.Lock()
	defer b.mu.Unlock()
	return presenceOf(b.presence)
}

func presenceOf(status string) event.Presence {
	switch status {
	case presenceOnline:
		return event.PresenceOnline
	case "offline":
		return event.PresenceOffline
	}
	return event.PresenceUnavailable
}

func statusOf(p event.Presence) string {
	if p == event.PresenceUnavailable {
		return presenceAway
	}
	return string(p)
}
