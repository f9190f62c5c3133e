package bot_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/bottest"
)

// sender is a plugin that sends a file and a message with extras.
type sender struct{ failed error }

func (*sender) Name() string { return "Sender" }

func (s *sender) Register(r *bot.Registry) error {
	r.Command(bot.Command{Name: "file", Run: func(ctx context.Context, r *bot.Request) error {
		_, s.failed = r.Host().SendFile(ctx, r.Target(), backend.Upload{Name: "a.txt", Type: "text/plain", Content: []byte(r.Args)}, "here")
		return nil
	}})
	r.Command(bot.Command{Name: "rich", Run: func(ctx context.Context, r *bot.Request) error {
		m := &backend.Message{Body: "rich"}
		for _, key := range r.Host().Extras() {
			m.Extras = map[string]any{key: 1}
		}
		_, err := r.ReplyMessage(ctx, m)
		return err
	}})
	return nil
}

// native is a network with an extra of its own.
type native struct{ *bottest.Network }

func (native) Extras() []string { return []string{"blocks"} }

func TestSendFile(t *testing.T) {
	var files *bottest.Files
	s := &sender{}
	chat := bottest.NewWith(t, []bottest.Option{bottest.WithBackend(func(n *bottest.Network) backend.Backend {
		files = &bottest.Files{Network: n, Largest: 5}
		return files
	})}, s)
	chat.FailSends(&backend.RetryableError{Err: errors.New("busy")})
	m := chat.As("@alice").In("#ops").Say("!file hello").Next()
	require.NoError(t, s.failed)
	require.Equal(t, "here", m.Body)
	require.Equal(t, "#ops", m.Ref.String())
	require.Equal(t, "a.txt", m.Files[0].Name)
	require.Equal(t, "hello", string(files.Content(m.Files[0])))
	chat.As("@alice").Say("!file too long").ExpectNothing()
	require.ErrorIs(t, s.failed, backend.ErrFileTooLarge)
}

func TestSendFileWithoutFiles(t *testing.T) {
	s := &sender{}
	bottest.New(t, s).As("@alice").Say("!file hello").ExpectNothing()
	require.ErrorIs(t, s.failed, errors.ErrUnsupported)
}

func TestExtras(t *testing.T) {
	require.Empty(t, bottest.New(t, &sender{}).As("@alice").Say("!rich").Next().Extras)
	chat := bottest.NewWith(t, []bottest.Option{bottest.WithBackend(func(n *bottest.Network) backend.Backend { return native{n} })}, &sender{})
	require.Equal(t, map[string]any{"blocks": 1}, chat.As("@alice").Say("!rich").Next().Extras)
}
