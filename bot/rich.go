package bot

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-errbot/errbot/backend"
)

// SendFile sends a file, with text (Markdown, or empty) beside it. It follows the rules of
// [Request.Reply]. The error wraps [errors.ErrUnsupported] on a network without files, and
// then nothing was tried.
func (h *Host) SendFile(ctx context.Context, to backend.Ref, f backend.Upload, text string) (backend.Ref, error) {
	return h.bot.out.sendFile(ctx, &f, &backend.Message{Ref: to, Body: text})
}

// Extras returns the keys of [backend.Message.Extras] that the network understands.
func (h *Host) Extras() []string {
	if s, ok := h.bot.chat.(backend.ExtrasSender); ok {
		return s.Extras()
	}
	return nil
}

// ReplyMessage is [Request.Reply] for a message with all it may have, such as
// [backend.Message.Extras]. Its place is filled in.
func (r *Request) ReplyMessage(ctx context.Context, m *backend.Message) (backend.Ref, error) {
	return r.send(ctx, m)
}

// sendFile delivers a file where m goes.
func (o *outbox) sendFile(ctx context.Context, f *backend.Upload, m *backend.Message) (backend.Ref, error) {
	files, ok := o.chat.(backend.FileSender)
	if !ok {
		return backend.Ref{}, fmt.Errorf("%s has no files: %w", o.chat.Name(), errors.ErrUnsupported)
	}
	return o.inTurn(ctx, m, func(ctx context.Context) (backend.Ref, error) {
		return o.try(ctx, func() (backend.Ref, error) { return files.SendFile(ctx, f, m) })
	})
}
