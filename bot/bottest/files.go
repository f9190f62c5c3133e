package bottest

import (
	"context"
	"fmt"
	"sync"

	"github.com/go-errbot/errbot/backend"
)

// WithBackend puts something between the bot under test and its network: a type that embeds
// the network and has more, such as [Files].
func WithBackend(wrap func(n *Network) backend.Backend) Option {
	return func(s *settings) { s.wrap = wrap }
}

// Files is a network that takes files. A file arrives as a message with one of
// [backend.Message.Files], whose content [Files.Content] returns. It is safe for
// concurrent use.
type Files struct {
	*Network
	// Largest is the size in bytes of the largest file that is taken; 0 means that all are.
	Largest int

	mu       sync.Mutex
	contents map[string][]byte // by URL
}

var _ backend.FileSender = (*Files)(nil)

// SendFile implements [backend.FileSender].
func (f *Files) SendFile(ctx context.Context, u *backend.Upload, m *backend.Message) (backend.Ref, error) {
	if f.Largest > 0 && len(u.Content) > f.Largest {
		return backend.Ref{}, fmt.Errorf("%s has %d bytes: %w", u.Name, len(u.Content), backend.ErrFileTooLarge)
	}
	f.mu.Lock()
	if f.contents == nil {
		f.contents = map[string][]byte{}
	}
	url := fmt.Sprintf("bottest:%d", len(f.contents)+1)
	f.contents[url] = append([]byte(nil), u.Content...)
	f.mu.Unlock()
	sent := *m
	sent.Files = []backend.File{{Name: u.Name, Type: u.Type, Size: int64(len(u.Content)), URL: url}}
	return f.Send(ctx, &sent)
}

// Content returns what is in a file that the bot has sent, nil for any other.
func (f *Files) Content(file backend.File) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.contents[file.URL]
}
