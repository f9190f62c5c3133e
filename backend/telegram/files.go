package telegram

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"github.com/go-errbot/errbot/backend"
)

// fileScheme begins the addresses of files: Telegram's own hold the token, and end after an
// hour.
const fileScheme = "telegram:"

// files returns the files of a message.
func files(m *models.Message) []backend.File {
	var list []backend.File
	add := func(id, name, kind string, size int64) {
		list = append(list, backend.File{Name: name, Type: kind, Size: size, URL: fileScheme + id})
	}
	switch {
	case m.Animation != nil: // which has a document of its own
		add(m.Animation.FileID, m.Animation.FileName, m.Animation.MimeType, m.Animation.FileSize)
	case m.Document != nil:
		add(m.Document.FileID, m.Document.FileName, m.Document.MimeType, m.Document.FileSize)
	case m.Audio != nil:
		add(m.Audio.FileID, m.Audio.FileName, m.Audio.MimeType, m.Audio.FileSize)
	case m.Video != nil:
		add(m.Video.FileID, m.Video.FileName, m.Video.MimeType, m.Video.FileSize)
	case m.Voice != nil:
		add(m.Voice.FileID, "voice.ogg", m.Voice.MimeType, m.Voice.FileSize)
	case len(m.Photo) > 0: // in several sizes, the largest last
		p := m.Photo[len(m.Photo)-1]
		add(p.FileID, "photo.jpg", "image/jpeg", int64(p.FileSize))
	}
	return list
}

// OpenFile implements [backend.FileOpener]. Bots can read files of up to 20 MB; a larger one
// is an error that wraps [backend.ErrFileTooLarge].
func (b *Backend) OpenFile(ctx context.Context, f backend.File) (io.ReadCloser, error) {
	id, ok := strings.CutPrefix(f.URL, fileScheme)
	if !ok {
		return nil, fmt.Errorf("telegram: open a file: %w: %q is none of Telegram's", backend.ErrUnknown, f.URL)
	}
	what := "open the file " + f.Name
	found, err := ask(ctx, what, func(ctx context.Context) (*models.File, error) {
		return b.api.GetFile(ctx, &bot.GetFileParams{FileID: id})
	})
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.api.FileDownloadLink(found), nil)
	if err != nil {
		return nil, fmt.Errorf("telegram: %s: its path cannot be used", what)
	}
	resp, err := b.client.Do(r)
	if err != nil {
		return nil, check(ctx, what, err)
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close()
		return nil, fmt.Errorf("telegram: %s: status %d", what, resp.StatusCode)
	}
	return resp.Body, nil
}
