package mattermost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/mattermost/mattermost-server/v6/model"

	"github.com/go-errbot/errbot/backend"
)

// files returns the files of a post.
func (b *Backend) files(post *model.Post) []backend.File {
	var files []backend.File
	if post.Metadata != nil {
		for _, f := range post.Metadata.Files {
			files = append(files, backend.File{Name: f.Name, Type: f.MimeType, Size: f.Size, URL: b.fileURL(f.Id)})
		}
	}
	if len(files) == 0 {
		for _, id := range post.FileIds {
			files = append(files, backend.File{Name: id, Size: -1, URL: b.fileURL(id)})
		}
	}
	return files
}

// fileURL is where a file is kept. It is shown to those only who may read its channel.
func (b *Backend) fileURL(id string) string {
	return b.options.Server + model.APIURLSuffix + "/files/" + id
}

// OpenFile implements [backend.FileOpener]. The token is sent for files of this server only.
func (b *Backend) OpenFile(ctx context.Context, f backend.File) (io.ReadCloser, error) {
	id, ok := strings.CutPrefix(f.URL, b.fileURL(""))
	if !ok || !model.IsValidId(id) {
		return nil, fmt.Errorf("mattermost: open a file: %w: %q is no file of this server", backend.ErrUnknown, f.URL)
	}
	resp, err := b.api(ctx).DoAPIGet("/files/"+id, "")
	if err := check("open the file "+f.Name, model.BuildResponse(resp), err); err != nil {
		return nil, err
	}
	return resp.Body, nil
}

// SendFile implements [backend.FileSender].
func (b *Backend) SendFile(ctx context.Context, f *backend.Upload, m *backend.Message) (backend.Ref, error) {
	channelID, err := b.destination(ctx, m.Ref)
	if err != nil {
		return backend.Ref{}, err
	}
	up, r, err := b.api(ctx).UploadFile(f.Content, channelID, f.Name)
	if err := check("send the file "+f.Name, r, err); err != nil {
		if status(err) == http.StatusRequestEntityTooLarge {
			return backend.Ref{}, fmt.Errorf("%w: %w", backend.ErrFileTooLarge, err)
		}
		return backend.Ref{}, err
	}
	if len(up.FileInfos) == 0 {
		return backend.Ref{}, errors.New("mattermost: send the file " + f.Name + ": the server did not take it")
	}
	post := b.post(m, channelID)
	post.FileIds = model.StringArray{up.FileInfos[0].Id}
	return b.create(ctx, m, post)
}
