package discord

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/go-errbot/errbot/backend"
)

// OpenFile implements [backend.FileOpener]. Files are where everybody can read them who has
// their address; only Discord's own are read, without the bot's token.
func (b *Backend) OpenFile(ctx context.Context, f backend.File) (io.ReadCloser, error) {
	address, err := url.Parse(f.URL)
	if err != nil || address.Scheme != "https" || address.Host != "cdn.discordapp.com" && address.Host != "media.discordapp.net" {
		return nil, fmt.Errorf("discord: open a file: %w: %q is none of Discord's", backend.ErrUnknown, f.URL)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, f.URL, nil)
	if err != nil {
		return nil, fmt.Errorf("discord: open the file %s: %w", f.Name, err)
	}
	resp, err := b.transport.RoundTrip(request)
	if err != nil {
		return nil, &backend.RetryableError{Err: fmt.Errorf("discord: open the file %s: %w", f.Name, err)}
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close()
		return nil, fmt.Errorf("discord: open the file %s: status %d", f.Name, resp.StatusCode)
	}
	return resp.Body, nil
}
