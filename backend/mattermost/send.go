package mattermost

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"unicode/utf8"

	"github.com/mattermost/mattermost-server/v6/model"

	"github.com/go-errbot/errbot/backend"
)

// Send implements [backend.Backend]. Text that is to be shown as it is can get longer by
// what keeps it from being markup; it then goes out in several posts.
func (b *Backend) Send(ctx context.Context, m *backend.Message) (backend.Ref, error) {
	channelID, err := b.destination(ctx, m.Ref)
	if err != nil {
		return backend.Ref{}, err
	}
	post := b.post(m, channelID)
	if attachments, ok := m.Extras[backend.ExtraAttachments]; ok {
		post.AddProp("attachments", attachments)
	}
	limit := b.known().maxRunes
	if utf8.RuneCountInString(post.Message) <= limit {
		return b.create(ctx, m, post)
	}
	var first backend.Ref
	for i, text := range cut(post.Message, limit) {
		part := post.Clone()
		part.Message = text
		ref, err := b.createPart(ctx, m, part, i)
		if err != nil {
			return first, err
		}
		if i == 0 {
			first = ref
		}
	}
	return first, nil
}

// createPart is create for a part of a message: once the first one is there, sending the
// whole message again would double it, so that waiting is done here.
func (b *Backend) createPart(ctx context.Context, m *backend.Message, post *model.Post, i int) (ref backend.Ref, err error) {
	if i == 0 {
		return b.create(ctx, m, post)
	}
	err = patiently(ctx, func() error {
		ref, err = b.create(ctx, m, post)
		return err
	})
	if err != nil {
		return ref, fmt.Errorf("mattermost: part %d of a message: %w", i+1, cause(err)) // not to be tried again
	}
	return ref, nil
}

// destination returns the channel that a message goes to.
func (b *Backend) destination(ctx context.Context, to backend.Ref) (channelID string, err error) {
	if err := ctx.Err(); err != nil {
		return "", fmt.Errorf("mattermost: send: %w", err)
	}
	if err := b.connected(); err != nil {
		return "", err
	}
	switch {
	case to.Room != nil && to.Room.ID != "":
		return to.Room.ID, nil
	case to.Room == nil && to.Person != nil && to.Person.ID != "":
		return b.directChannel(ctx, to.Person.ID)
	}
	return "", fmt.Errorf("mattermost: send: %w: no room and no person given", backend.ErrUnknown)
}

// post returns m as the server knows messages.
func (b *Backend) post(m *backend.Message, channelID string) *model.Post {
	return &model.Post{
		UserId:    b.known().self.ID,
		ChannelId: channelID,
		RootId:    m.Thread,
		Message:   render(m),
	}
}

// create has the server take post. A thread that is gone does not keep an answer from
// arriving.
func (b *Backend) create(ctx context.Context, m *backend.Message, post *model.Post) (backend.Ref, error) {
	created, err := b.createOnce(ctx, post)
	gone := rootIsGone(err)
	if gone {
		post.RootId = ""
		created, err = b.createOnce(ctx, post)
	}
	if err != nil {
		return backend.Ref{}, err
	}
	sent := m.Ref
	sent.ID = created.Id
	if gone {
		sent.Thread = ""
	}
	return sent, nil
}

// createOnce makes one call. When it ends without an answer nobody knows whether the post
// was taken; the next call for the same post has the same mark then, by which the server
// tells that it has it already.
func (b *Backend) createOnce(ctx context.Context, post *model.Post) (*model.Post, error) {
	key := keyOf(post)
	post.PendingPostId = b.unsure.mark(key, post.UserId)
	created, r, err := b.api(ctx).CreatePost(post)
	err = check("send", r, err)
	if err != nil && (status(err) == 0 || status(err) >= http.StatusInternalServerError) {
		b.unsure.open(key, post.PendingPostId)
	} else {
		b.unsure.settled(key)
	}
	return created, err
}

func rootIsGone(err error) bool {
	var call *callError
	return errors.As(err, &call) && (call.id == "api.post.create_post.root_id.app_error" ||
		call.id == "api.post.create_post.channel_root_id.app_error")
}

// cut splits a rendered text into parts of at most limit characters, not between a
// backslash and what it keeps from being markup.
func cut(text string, limit int) []string {
	var parts []string
	for {
		end, runes, escaped := len(text), 0, false
		for i, r := range text {
			if runes >= limit {
				end = i
				break
			}
			runes++
			escaped = r == '\\' && !escaped
		}
		if end == len(text) {
			return append(parts, text)
		}
		if escaped {
			end--
		}
		parts = append(parts, text[:end])
		text = text[end:]
	}
}
