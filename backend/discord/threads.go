package discord

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/bwmarrin/discordgo"

	"github.com/go-errbot/errbot/backend"
)

const (
	threadName   = 100  // code points that a thread's name may have
	threadExpiry = 1440 // minutes after which a silent thread is archived
)

// thread returns the thread that a message goes to, which is begun when it does not exist:
// a thread has the ID of the message that it began with. Where there can be none, the
// message becomes a reply.
func (b *Backend) thread(ctx context.Context, m *backend.Message) (target, error) {
	roomID, id := m.Room.ID, m.Thread
	if !isID(id) {
		return target{channelID: roomID}, nil
	}
	in := target{channelID: id, thread: id}
	c, err := b.channelByID(ctx, id)
	switch {
	case err == nil && c.IsThread() && c.ParentID == roomID:
		return in, nil
	case err == nil: // the ID of some other channel
		return target{channelID: roomID}, nil
	case !errors.Is(err, backend.ErrUnknown) && status(err) != http.StatusForbidden:
		return target{}, err
	}
	started, err := b.rest.MessageThreadStartComplex(roomID, id, &discordgo.ThreadStart{
		Name: b.threadName(m), AutoArchiveDuration: threadExpiry,
	}, discordgo.WithContext(ctx))
	err = check(ctx, "begin a thread", err)
	var again *backend.RetryableError
	switch {
	case err == nil:
		b.directory.putChannel(started)
		return in, nil
	case codeOf(err) == codeThreadExists:
		return in, nil
	case errors.As(err, &again), ctx.Err() != nil:
		return target{}, err
	}
	b.log.Debug("discord: no thread here, so the message becomes a reply", "error", err)
	missing := false
	return target{channelID: roomID, reply: &discordgo.MessageReference{MessageID: id, FailIfNotExists: &missing}}, nil
}

// threadName returns the beginning of a message, as a name.
func (b *Backend) threadName(m *backend.Message) string {
	text := m.Body
	if !m.Plain {
		text = b.markdown.Text(text)
	}
	name := strings.Join(strings.Fields(text), " ")
	name = strings.TrimSpace(name[:bytesOf(name, threadName)])
	if name == "" {
		return "answer"
	}
	return name
}
