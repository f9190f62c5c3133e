package slack

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/slack-go/slack"

	"github.com/go-errbot/errbot/backend"
)

// maxFile is the largest file that Slack takes, in bytes.
const maxFile = 1 << 30

// forHost returns the file as the host knows files.
func (f file) forHost() backend.File {
	size := int64(-1)
	if f.Size != nil {
		size = *f.Size
	}
	return backend.File{Name: cmp.Or(f.Name, f.ID), Type: f.Type, Size: size, URL: f.URL}
}

// SendFile implements [backend.FileSender]. The message with the file appears a moment after
// Slack has taken it, so that its ID is not known.
func (b *Backend) SendFile(ctx context.Context, f *backend.Upload, m *backend.Message) (backend.Ref, error) {
	channelID, err := b.destination(ctx, m.Ref)
	if err != nil {
		return backend.Ref{}, err
	}
	if len(f.Content) > maxFile {
		return backend.Ref{}, fmt.Errorf("slack: send the file %s: %w", f.Name, backend.ErrFileTooLarge)
	}
	to, err := b.api.GetUploadURLExternalContext(ctx, slack.GetUploadURLExternalParameters{FileName: f.Name, FileSize: len(f.Content)})
	if err := fileError(ctx, f, err); err != nil {
		return backend.Ref{}, err
	}
	err = b.api.UploadToURL(ctx, slack.UploadToURLParameters{UploadURL: to.UploadURL, Reader: bytes.NewReader(f.Content), Filename: f.Name})
	if err := fileError(ctx, f, err); err != nil {
		return backend.Ref{}, err
	}
	share := slack.CompleteUploadExternalParameters{
		Files: []slack.FileSummary{{ID: to.FileID, Title: f.Name}}, Channel: channelID, ThreadTimestamp: m.Thread,
	}
	if block := b.rich(m.Body, m.Plain); block != nil {
		share.Blocks = slack.Blocks{BlockSet: []slack.Block{block}}
	}
	_, err = b.api.CompleteUploadExternalContext(ctx, share)
	if err := fileError(ctx, f, err); err != nil {
		return backend.Ref{}, err
	}
	sent := m.Ref
	sent.ID = ""
	return sent, nil
}

func fileError(ctx context.Context, f *backend.Upload, err error) error {
	err = check(ctx, "send the file "+f.Name, err)
	switch code(err) {
	case "file_upload_size_restricted", "file_too_large", "storage_limit_reached", "post_too_large":
		return fmt.Errorf("%w: %w", backend.ErrFileTooLarge, err)
	}
	return err
}

// OpenFile implements [backend.FileOpener]. The token is sent to Slack only.
func (b *Backend) OpenFile(ctx context.Context, f backend.File) (io.ReadCloser, error) {
	address, err := url.Parse(f.URL)
	if err != nil || !b.isSlacks(address) {
		return nil, fmt.Errorf("slack: open a file: %w: %q is no file of Slack's", backend.ErrUnknown, f.Name)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("slack: open a file: %w", err)
	}
	r.Header.Set("Authorization", "Bearer "+b.options.Token.Reveal())
	client := http.Client{
		Transport:     b.transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(r)
	if err != nil {
		return nil, check(ctx, "open the file "+f.Name, err)
	}
	if err := fileIn(resp, f); err != nil {
		resp.Body.Close()
		return nil, err
	}
	return resp.Body, nil
}

// isSlacks reports whether the token may be sent to an address.
func (b *Backend) isSlacks(u *url.URL) bool {
	if api, err := url.Parse(b.options.APIURL); err == nil && u.Scheme == api.Scheme && u.Host == api.Host {
		return true
	}
	host := strings.ToLower(u.Hostname())
	return u.Scheme == "https" && (strings.HasSuffix(host, ".slack.com") || strings.HasSuffix(host, ".slack-gov.com"))
}

// fileIn returns an error for an answer that is not the file. To whom Slack does not show
// the file it shows the page for signing in.
func fileIn(resp *http.Response, f backend.File) error {
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	switch {
	case resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= http.StatusInternalServerError:
		return &backend.RetryableError{Err: fmt.Errorf("slack: open the file %s: status %d", f.Name, resp.StatusCode)}
	case resp.StatusCode != http.StatusOK, kind == "text/html" && !strings.HasPrefix(f.Type, "text/"):
		return fmt.Errorf("slack: open the file %s: %w: the bot may not read it (scope files:read; status %d)", f.Name, backend.ErrUnknown, resp.StatusCode)
	}
	return nil
}
