package slack

import (
	"context"
	"errors"
	"fmt"

	"github.com/slack-go/slack"

	"github.com/go-errbot/errbot/backend"
)

// Extras implements [backend.ExtrasSender]. Attachments are shown below the body, blocks in
// place of it. The name and the icon need the scope chat:write.customize; without it they
// are left out.
func (b *Backend) Extras() []string {
	return []string{backend.ExtraAttachments, backend.ExtraBlocks, backend.ExtraUsername, backend.ExtraIcon}
}

// Mention implements [backend.Mentioner].
func (b *Backend) Mention(p backend.Person) string { return "<@" + p.ID + "> " }

// Edit implements [backend.Editor].
func (b *Backend) Edit(ctx context.Context, m *backend.Message) error {
	channelID, err := b.destination(ctx, m.Ref)
	if err != nil {
		return err
	}
	p := &post{channel: channelID, ts: m.ID}
	p.show(b.rich(m.Body, m.Plain))
	if err := p.take(m.Extras); err != nil {
		return err
	}
	_, err = b.write(ctx, "chat.update", "edit a message", p)
	return err
}

// React implements [backend.Reactor].
func (b *Backend) React(ctx context.Context, to backend.Ref, name string) error {
	return b.reaction(ctx, to, "react with "+name, "already_reacted", func(item slack.ItemRef) error {
		return b.api.AddReactionContext(ctx, name, item)
	})
}

// Unreact implements [backend.Reactor].
func (b *Backend) Unreact(ctx context.Context, to backend.Ref, name string) error {
	return b.reaction(ctx, to, "take back "+name, "no_reaction", func(item slack.ItemRef) error {
		return b.api.RemoveReactionContext(ctx, name, item)
	})
}

// reaction makes a call; done is Slack's word for that there was nothing to do.
func (b *Backend) reaction(ctx context.Context, to backend.Ref, what, done string, call func(item slack.ItemRef) error) error {
	channelID, err := b.destination(ctx, to)
	if err != nil {
		return err
	}
	err = patiently(ctx, func() error { return check(ctx, what, call(slack.NewRefToMessage(channelID, to.ID))) })
	if code(err) == done {
		return nil
	}
	return err
}

// SetPresence implements [backend.PresenceSetter]. Slack knows "online" and "away" of a bot;
// everything but "online" is away. Bots cannot have a note.
func (b *Backend) SetPresence(ctx context.Context, status, _ string) error {
	presence := "away"
	if status == "online" {
		presence = "auto"
	}
	return check(ctx, "be "+status, b.api.SetUserPresenceContext(ctx, presence))
}

// Whisper implements [backend.Whisperer] with an ephemeral message, which Slack does not keep.
func (b *Backend) Whisper(ctx context.Context, m *backend.Message, to backend.Person) (backend.Ref, error) {
	channelID, err := b.destination(ctx, m.Ref)
	if err != nil {
		return backend.Ref{}, err
	}
	p := &post{channel: channelID, thread: m.Thread, user: to.ID}
	p.show(b.rich(m.Body, m.Plain))
	if err := p.take(m.Extras); err != nil {
		return backend.Ref{}, err
	}
	ts, err := b.write(ctx, "chat.postEphemeral", "show something to one person", p)
	switch code(err) {
	case "user_not_in_channel", "not_in_channel", "channel_not_found", "missing_scope":
		return backend.Ref{}, fmt.Errorf("%w: %w", errors.ErrUnsupported, err)
	}
	if err != nil {
		return backend.Ref{}, err
	}
	sent := m.Ref
	sent.ID = ts
	return sent, nil
}
