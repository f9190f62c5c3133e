package matrix

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"strings"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"github.com/go-errbot/errbot/backend"
)

// file returns the file of a message. One that is encrypted cannot be read.
func file(content *event.MessageEventContent) (f backend.File, ok bool) {
	if !content.MsgType.IsMedia() || content.URL == "" {
		return backend.File{}, false
	}
	f = backend.File{Name: content.GetFileName(), Size: -1, URL: string(content.URL)}
	if content.Info != nil {
		f.Type = content.Info.MimeType
		if content.Info.Size > 0 {
			f.Size = int64(content.Info.Size)
		}
	}
	return f, true
}

// OpenFile implements [backend.FileOpener] for files on any homeserver, which the bot's own
// fetches.
func (b *Backend) OpenFile(ctx context.Context, f backend.File) (io.ReadCloser, error) {
	uri, err := id.ParseContentURI(f.URL)
	if err != nil || uri.IsEmpty() || !isServerName(uri.Homeserver) || strings.ContainsAny(uri.FileID, "/?#%.") {
		return nil, fmt.Errorf("matrix: open a file: %w: %q is no file on Matrix", backend.ErrUnknown, f.URL)
	}
	cli, err := b.loggedIn()
	if err != nil {
		return nil, err
	}
	resp, err := cli.Download(ctx, uri)
	if err := check("open the file "+f.Name, err); err != nil {
		return nil, err
	}
	return resp.Body, nil
}

// SendFile implements [backend.FileSender].
func (b *Backend) SendFile(ctx context.Context, f *backend.Upload, m *backend.Message) (backend.Ref, error) {
	cli, err := b.connected()
	if err != nil {
		return backend.Ref{}, err
	}
	if limit := b.uploadLimit(); limit > 0 && int64(len(f.Content)) > limit {
		return backend.Ref{}, fmt.Errorf("matrix: send the file %s: %w: it takes %d bytes", f.Name, backend.ErrFileTooLarge, limit)
	}
	where, err := b.destination(ctx, cli, m.Ref)
	if err != nil {
		return backend.Ref{}, err
	}
	up, err := cli.UploadMedia(ctx, mautrix.ReqUploadMedia{ContentBytes: f.Content, ContentType: f.Type, FileName: f.Name})
	if err := check("send the file "+f.Name, err); err != nil {
		if status(err) == http.StatusRequestEntityTooLarge {
			return backend.Ref{}, fmt.Errorf("%w: %w", backend.ErrFileTooLarge, err)
		}
		return backend.Ref{}, err
	}
	content := b.content(m)
	content.MsgType = kindOf(f.Type)
	content.FileName, content.URL = f.Name, up.ContentURI.CUString()
	content.Info = &event.FileInfo{MimeType: f.Type, Size: len(f.Content)}
	if content.Body == "" {
		content.Body = f.Name
	}
	// Where the file is kept is another place after each try, and does not count.
	identity := []any{m.Ref, content.Body, f.Name, f.Type, sha256.Sum256(f.Content)}
	return b.create(ctx, cli, where, m, content, identity)
}

func (b *Backend) uploadLimit() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.upload
}

// kindOf returns how clients show a file of a media type.
func kindOf(mediaType string) event.MessageType {
	switch kind, _, _ := strings.Cut(mediaType, "/"); kind {
	case "image":
		return event.MsgImage
	case "audio":
		return event.MsgAudio
	case "video":
		return event.MsgVideo
	}
	return event.MsgFile
}
