package st2

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/delivery"
	"github.com/go-errbot/errbot/st2/internal/presentation"
)

// present returns an announcement as one text, "" when there is nothing to show. It is what
// a network is sent that has no form of its own for what extra asks for.
func present(a client.Announcement) string {
	return presentation.Text(presentation.Post{Text: a.Message, Extra: a.Extra})
}

// show sends an announcement to a place, in the network's own form.
func (l *life) show(ctx context.Context, to backend.Ref, a client.Announcement) error {
	post := presentation.Post{Text: a.Message, Extra: a.Extra, Status: string(a.Status)}
	var mentioned []backend.Person
	if l.cfg.MentionUser && to.IsRoom() && a.User != "" {
		if user, err := l.host.Resolve(ctx, a.User); err == nil && user.IsPrivate() {
			post.Mention = l.host.Mention(*user.Person)
			mentioned = []backend.Person{*user.Person}
		}
	}
	for i, m := range presentation.Messages(l.network(), post) {
		m.Ref = to
		if i == 0 {
			m.Mentions = mentioned
		}
		if err := delivery.Persist(ctx, func(ctx context.Context) error { return l.sendShown(ctx, m) }); err != nil {
			return err
		}
	}
	return nil
}

// network returns what the chat network understands.
func (l *life) network() presentation.Network {
	return presentation.Network{Name: l.host.Info().Backend, Extras: l.host.Extras(), Alone: l.cfg.AttachAbove}
}

// sendShown sends a message; one that is longer than attach_above as a file, where the
// network takes it.
func (l *life) sendShown(ctx context.Context, m *backend.Message) error {
	if l.cfg.AttachAbove > 0 && len(m.Body) > l.cfg.AttachAbove && len(m.Extras) == 0 {
		file := upload(m.Body)
		_, err := l.host.SendFile(ctx, m.Ref, file, attached(file))
		if err == nil || ctx.Err() != nil {
			return err
		}
		if !errors.Is(err, errors.ErrUnsupported) {
			l.log.Warn("a long message could not be attached as a file; it is sent in parts", "bytes", len(m.Body), "error", err)
		}
	}
	_, err := l.host.SendMessage(ctx, m)
	return err
}

// upload makes a file of a body.
func upload(body string) backend.Upload {
	if document, ok := presentation.JSON(body); ok {
		return backend.Upload{Name: "result.json", Type: "application/json", Content: []byte(document + "\n")}
	}
	return backend.Upload{Name: "result.txt", Type: "text/plain; charset=utf-8", Content: []byte(body + "\n")}
}

// attached says what a file is.
func attached(f backend.Upload) string {
	if n := strings.Count(string(f.Content), "\n"); n > 1 {
		return fmt.Sprintf("The result is attached: %d lines.", n)
	}
	return fmt.Sprintf("The result is attached: %d bytes.", len(f.Content))
}

// showAck acknowledges a command with a text, in the form that ack.extra asks for; with an empty
// one not at all.
func (l *life) showAck(ctx context.Context, r *bot.Request, s client.AliasExecution, text string) error {
	if text == "" {
		return nil
	}
	post := presentation.Post{Text: text, Extra: s.Extra}
	if len(s.Extra) > 0 && s.Extra[0] == '"' {
		// What should be an object is StackStorm's reason why there is none.
		l.log.Warn("StackStorm could not render ack.extra", "alias", s.Alias.Ref, "reason", clip(string(s.Extra), 300))
	}
	r = l.inThread(r, s.Extra)
	for _, m := range presentation.Messages(l.network(), post) {
		if _, err := r.ReplyMessage(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// inThread returns r with its answers in the thread that an extra wants them in: thread_response
// opens one on the message that gave the command, or leaves the one that it is in.
func (l *life) inThread(r *bot.Request, extra json.RawMessage) *bot.Request {
	threaded, said := presentation.Threaded(l.network(), extra)
	if !said {
		return r
	}
	m := *r.Message
	if threaded {
		m.Thread = cmp.Or(m.Thread, m.ID)
	} else {
		m.Thread = ""
	}
	return l.host.Resume(&m, r.Command().Name)
}
