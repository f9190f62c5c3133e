package bot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-errbot/errbot/backend"
)

// Edit replaces what the bot has said in the message at, a Ref that a send returned, by
// text (Markdown). The error wraps [errors.ErrUnsupported] on a network where nothing can
// be changed.
func (h *Host) Edit(ctx context.Context, at backend.Ref, text string) error {
	editor, ok := h.bot.chat.(backend.Editor)
	if !ok {
		return h.bot.lacks("editing")
	}
	return h.bot.out.gesture(ctx, func() error { return editor.Edit(ctx, &backend.Message{Ref: at, Body: text}) })
}

// React puts a reaction, named without colons ("white_check_mark"), on the message to. The
// error wraps [errors.ErrUnsupported] on a network without reactions.
func (h *Host) React(ctx context.Context, to backend.Ref, name string) error {
	reactor, ok := h.bot.chat.(backend.Reactor)
	if !ok {
		return h.bot.lacks("reactions")
	}
	return h.bot.out.gesture(ctx, func() error { return reactor.React(ctx, to, name) })
}

// Unreact takes a reaction of the bot's away, under the rules of [Host.React].
func (h *Host) Unreact(ctx context.Context, to backend.Ref, name string) error {
	reactor, ok := h.bot.chat.(backend.Reactor)
	if !ok {
		return h.bot.lacks("reactions")
	}
	return h.bot.out.gesture(ctx, func() error { return reactor.Unreact(ctx, to, name) })
}

// OpenFile returns the content of a file that came with a message; the caller closes it.
// The error wraps [errors.ErrUnsupported] on a network whose files the bot cannot read.
func (h *Host) OpenFile(ctx context.Context, f backend.File) (io.ReadCloser, error) {
	opener, ok := h.bot.chat.(backend.FileOpener)
	if !ok {
		return nil, h.bot.lacks("files to read")
	}
	return opener.OpenFile(ctx, f)
}

func (b *Bot) lacks(what string) error {
	return fmt.Errorf("%s has no %s: %w", b.chat.Name(), what, errors.ErrUnsupported)
}

// Whisper answers for the asker's eyes only: in the room where the network can show it to
// one person there, and else in a private conversation.
func (r *Request) Whisper(ctx context.Context, text string) (backend.Ref, error) {
	private := &backend.Message{Ref: backend.ToPerson(r.From()), Body: text}
	whisperer, ok := r.bot.chat.(backend.Whisperer)
	if !ok || r.Message.Room == nil {
		return r.bot.out.send(ctx, private)
	}
	m := &backend.Message{Ref: backend.Ref{Room: r.Message.Room, Thread: r.Message.Thread}, Body: text}
	allowed := true
	ref, err := r.bot.out.inTurn(ctx, m, func(ctx context.Context) (backend.Ref, error) {
		ref, err := r.bot.out.inParts(ctx, m, func(part *backend.Message) (backend.Ref, error) {
			return whisperer.Whisper(ctx, part, r.From())
		})
		if errors.Is(err, errors.ErrUnsupported) {
			allowed, err = false, nil
		}
		return ref, err
	})
	if !allowed {
		return r.bot.out.send(ctx, private)
	}
	return ref, err
}

const (
	typingAfter = time.Second     // a command that is quicker needs no sign of life
	typingAgain = 4 * time.Second // networks show it for five seconds or so
)

// showTyping shows that r is being worked on until the returned function is called, where
// the network can show it. For a command that is quick it costs no more than a timer.
func (b *Bot) showTyping(ctx context.Context, r *Request) (stop func()) {
	typer, ok := b.chat.(backend.Typer)
	if !ok {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	slow := time.AfterFunc(typingAfter, func() {
		defer close(ended)
		b.keepTyping(ctx, typer, r.Target())
	})
	return func() {
		cancel()
		if !slow.Stop() {
			<-ended
		}
	}
}

// keepTyping shows that the bot is typing until ctx ends.
func (b *Bot) keepTyping(ctx context.Context, typer backend.Typer, at backend.Ref) {
	for ctx.Err() == nil {
		err := protect(func() error { return typer.Typing(ctx, at) })
		if err != nil && ctx.Err() == nil {
			b.log.Debug("could not show that the bot is typing", "error", err)
		}
		_ = sleep(ctx, typingAgain) // its error is ctx's
	}
}
