package telegram

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"github.com/go-errbot/errbot/backend"
)

// maxUpload is the largest file in bytes that bots can send.
const maxUpload = 50 << 20

// target is where a message goes.
type target struct {
	chat  int64
	topic int
	reply *models.ReplyParameters
}

// target returns where a message goes.
func (b *Backend) target(ctx context.Context, to backend.Ref) (target, error) {
	if err := b.connected(ctx); err != nil {
		return target{}, err
	}
	var t target
	id := ""
	switch {
	case to.Room != nil:
		id = to.Room.ID
	case to.Person != nil:
		id = to.Person.ID
	}
	if !isID(id) {
		return t, fmt.Errorf("telegram: send: %w: no group and no person given", backend.ErrUnknown)
	}
	t.chat, _ = strconv.ParseInt(id, 10, 64)
	if moved, ok := b.moved.get(id); ok {
		t.chat = moved
	}
	if to.Room == nil || to.Thread == "" {
		return t, nil
	}
	if topic, ok := strings.CutPrefix(to.Thread, topicPrefix); ok {
		n, err := number(topic)
		t.topic = n
		return t, err
	}
	n, err := number(to.Thread)
	t.reply = &models.ReplyParameters{MessageID: n, AllowSendingWithoutReply: true}
	return t, err
}

// ref returns where a message went.
func (t target) ref(to backend.Ref, m *models.Message) backend.Ref {
	sent := to
	sent.ID = strconv.Itoa(m.ID)
	if id := strconv.FormatInt(t.chat, 10); to.Room != nil && to.Room.ID != id {
		room := backend.Room{ID: id, Name: to.Room.Name, ACL: id, Address: id}
		sent.Room = &room
	}
	return sent
}

// Send implements [backend.Backend]. Text that gets longer by what it needs on Telegram goes
// out in several messages.
func (b *Backend) Send(ctx context.Context, m *backend.Message) (backend.Ref, error) {
	t, err := b.target(ctx, m.Ref)
	if err != nil {
		return backend.Ref{}, err
	}
	return b.sendText(ctx, &t, m)
}

func (b *Backend) sendText(ctx context.Context, t *target, m *backend.Message) (backend.Ref, error) {
	var first backend.Ref
	for i, part := range b.render(m).cut(messageSize) {
		send := func() (*models.Message, error) {
			return b.api.SendMessage(ctx, &bot.SendMessageParams{
				ChatID: t.chat, MessageThreadID: t.topic, ReplyParameters: t.reply,
				Text: part.text, Entities: part.entities(),
				LinkPreviewOptions: &models.LinkPreviewOptions{IsDisabled: bot.True()},
			})
		}
		sent, err := b.sendPart(ctx, t, send, i)
		if err != nil {
			return first, err
		}
		if i == 0 {
			first = t.ref(m.Ref, sent)
		}
	}
	return first, nil
}

// sendPart sends a part of a message: once the first one is there, sending the whole message
// again would double it, so that waiting is done here.
func (b *Backend) sendPart(ctx context.Context, t *target, send func() (*models.Message, error), i int) (sent *models.Message, err error) {
	if i == 0 {
		return b.deliver(ctx, t, send)
	}
	err = patiently(ctx, func() error {
		sent, err = b.deliver(ctx, t, send)
		return err
	})
	var again *backend.RetryableError
	if errors.As(err, &again) {
		err = again.Err // not to be tried again
	}
	if err != nil {
		return nil, fmt.Errorf("telegram: part %d of a message: %w", i+1, err)
	}
	return sent, nil
}

// deliver makes a call that sends something to t. A group that has a new number gets it
// there; in a topic that is gone, it goes to the group.
func (b *Backend) deliver(ctx context.Context, t *target, send func() (*models.Message, error)) (*models.Message, error) {
	sent, err := send()
	var moved *bot.MigrateError
	switch {
	case errors.As(err, &moved):
		b.migrated(t.chat, int64(moved.MigrateToChatID))
		t.chat = int64(moved.MigrateToChatID)
		sent, err = send()
	case err != nil && t.topic != 0 && strings.Contains(err.Error(), "message thread not found"):
		t.topic = 0
		sent, err = send()
	}
	if err = check(ctx, "send", err); errors.Is(err, bot.ErrorForbidden) {
		return nil, fmt.Errorf("%w: the person has not started a conversation with the bot or has blocked it, or the bot is not in the group", err)
	}
	return sent, err
}

// SendFile implements [backend.FileSender]. Text that is too long to stand beside a file
// goes before it.
func (b *Backend) SendFile(ctx context.Context, f *backend.Upload, m *backend.Message) (backend.Ref, error) {
	t, err := b.target(ctx, m.Ref)
	if err != nil {
		return backend.Ref{}, err
	}
	if len(f.Content) > maxUpload {
		return backend.Ref{}, fmt.Errorf("telegram: send the file %s: %w: bots can send 50 MB", f.Name, backend.ErrFileTooLarge)
	}
	caption, before := b.render(m), 0
	if units(caption.text) > captionSize {
		if _, err := b.sendText(ctx, &t, m); err != nil {
			return backend.Ref{}, err
		}
		caption, before = rendered{}, 1
	}
	sent, err := b.sendPart(ctx, &t, func() (*models.Message, error) {
		return b.api.SendDocument(ctx, &bot.SendDocumentParams{
			ChatID: t.chat, MessageThreadID: t.topic, ReplyParameters: t.reply,
			Document: &models.InputFileUpload{Filename: f.Name, Data: bytes.NewReader(f.Content)},
			Caption:  caption.text, CaptionEntities: caption.entities(), DisableContentTypeDetection: true,
		})
	}, before)
	if err != nil {
		return backend.Ref{}, err
	}
	return t.ref(m.Ref, sent), nil
}
