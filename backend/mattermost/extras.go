package mattermost

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/mattermost/mattermost-server/v6/model"

	"github.com/go-errbot/errbot/backend"
)

// Extras implements [backend.ExtrasSender]: attachments are shown below the text.
func (b *Backend) Extras() []string { return []string{backend.ExtraAttachments} }

// Edit implements [backend.Editor].
func (b *Backend) Edit(ctx context.Context, m *backend.Message) error {
	if err := b.connected(); err != nil {
		return err
	}
	text := render(m)
	_, r, err := b.api(ctx).PatchPost(m.ID, &model.PostPatch{Message: &text})
	return check("edit a message", r, err)
}

// React implements [backend.Reactor].
func (b *Backend) React(ctx context.Context, to backend.Ref, name string) error {
	_, r, err := b.api(ctx).SaveReaction(b.reaction(to, name))
	return check("react with "+name, r, err)
}

// Unreact implements [backend.Reactor].
func (b *Backend) Unreact(ctx context.Context, to backend.Ref, name string) error {
	r, err := b.api(ctx).DeleteReaction(b.reaction(to, name))
	return check("take back "+name, r, err)
}

func (b *Backend) reaction(to backend.Ref, name string) *model.Reaction {
	return &model.Reaction{UserId: b.known().self.ID, PostId: to.ID, EmojiName: name}
}

// SetPresence implements [backend.PresenceSetter]. The server knows "online", "offline",
// "away" and "dnd", and no note.
func (b *Backend) SetPresence(ctx context.Context, status, _ string) error {
	self := b.known().self.ID
	_, r, err := b.api(ctx).UpdateUserStatus(self, &model.Status{UserId: self, Status: status})
	return check("be "+status, r, err)
}

// Typing implements [backend.Typer].
func (b *Backend) Typing(ctx context.Context, at backend.Ref) error {
	channelID, err := b.destination(ctx, at)
	if err != nil {
		return err
	}
	r, err := b.api(ctx).PublishUserTyping(b.known().self.ID, model.TypingRequest{ChannelId: channelID, ParentId: at.Thread})
	return check("show that the bot is typing", r, err)
}

// Whisper implements [backend.Whisperer] with an ephemeral post, for which an account needs
// the permission create_post_ephemeral. The server does not keep such posts.
func (b *Backend) Whisper(ctx context.Context, m *backend.Message, to backend.Person) (backend.Ref, error) {
	channelID, err := b.destination(ctx, m.Ref)
	if err != nil {
		return backend.Ref{}, err
	}
	created, r, err := b.api(ctx).CreatePostEphemeral(&model.PostEphemeral{UserID: to.ID, Post: b.post(m, channelID)})
	err = check("show something to one person", r, err)
	if status(err) == http.StatusForbidden {
		return backend.Ref{}, fmt.Errorf("%w: %w", errors.ErrUnsupported, err)
	}
	if err != nil {
		return backend.Ref{}, err
	}
	sent := m.Ref
	sent.ID = created.Id
	return sent, nil
}
