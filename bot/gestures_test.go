package bot_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/bottest"
)

// gesturing is a network with all that the host has a method for.
type gesturing struct {
	*bottest.Network
	done chan string
	mute bool // whispers are not allowed
}

func (g *gesturing) Edit(_ context.Context, m *backend.Message) error {
	g.done <- "edit " + m.ID + ": " + m.Body
	return nil
}

func (g *gesturing) React(_ context.Context, to backend.Ref, name string) error {
	g.done <- "react " + to.ID + ": " + name
	return nil
}

func (g *gesturing) Unreact(_ context.Context, to backend.Ref, name string) error {
	g.done <- "unreact " + to.ID + ": " + name
	return nil
}

func (g *gesturing) OpenFile(_ context.Context, f backend.File) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader("content of " + f.Name)), nil
}

func (g *gesturing) Whisper(_ context.Context, m *backend.Message, to backend.Person) (backend.Ref, error) {
	if g.mute {
		return backend.Ref{}, errors.ErrUnsupported
	}
	g.done <- "whisper in " + m.String() + " to " + to.Address + ": " + m.Body
	return m.Ref, nil
}

func (g *gesturing) Typing(_ context.Context, at backend.Ref) error {
	g.done <- "typing in " + at.String()
	return nil
}

// gestures has a command for each.
type gestures struct{ host *bot.Host }

func (*gestures) Name() string { return "Gestures" }

func (p *gestures) Activate(_ context.Context, h *bot.Host) error {
	p.host = h
	return nil
}

func (p *gestures) Register(r *bot.Registry) error {
	r.Command(bot.Command{Name: "whisper", Run: func(ctx context.Context, r *bot.Request) error {
		_, err := r.Whisper(ctx, "psst")
		return err
	}})
	r.Command(bot.Command{Name: "slow", Run: func(ctx context.Context, r *bot.Request) error {
		time.Sleep(6 * time.Second) // of a synctest bubble
		_, err := r.Reply(ctx, "done")
		return err
	}})
	r.Command(bot.Command{Name: "touch", Run: func(ctx context.Context, _ *bot.Request) error {
		at := backend.Ref{ID: "7"}
		f, err := p.host.OpenFile(ctx, backend.File{Name: "a"})
		if err == nil {
			_, err = io.Copy(io.Discard, f)
		}
		return errors.Join(err, p.host.Edit(ctx, at, "new"), p.host.React(ctx, at, "tada"), p.host.Unreact(ctx, at, "tada"))
	}})
	return nil
}

// start runs a bot on g until the test ends.
func (g *gesturing) start(t *testing.T) {
	startOn(t, g, &gestures{})
	synctest.Wait()
}

// startOn runs a bot on chat until the test ends.
func startOn(t testing.TB, chat backend.Backend, plugin bot.Plugin) {
	b, err := bot.New(bot.DefaultConfig(), chat, bot.WithPlugins(plugin))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
	})
}

func (g *gesturing) say(text string) {
	g.Deliver(&backend.Message{Ref: backend.ToRoom(bottest.Room("#ops")), From: bottest.Person("@alice"), Body: text})
}

func TestGestures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gesturing{Network: bottest.NewNetwork(), done: make(chan string, 10)}
		g.start(t)
		g.say("!whisper")
		require.Equal(t, "whisper in #ops to @alice: psst", <-g.done)
		g.say("!slow")
		require.Equal(t, "typing in #ops", <-g.done)
		require.Equal(t, "typing in #ops", <-g.done)
		time.Sleep(10 * time.Second)
		require.Empty(t, g.done, "typing ends with the command")
		g.say("!touch")
		require.Equal(t, "edit 7: new", <-g.done)
		require.Equal(t, "react 7: tada", <-g.done)
		require.Equal(t, "unreact 7: tada", <-g.done)
	})
}

func TestWhispersWithoutPermissionArePrivate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gesturing{Network: bottest.NewNetwork(), mute: true}
		g.start(t)
		g.say("!whisper")
		require.Equal(t, "psst", (<-g.Mail(backend.ToPerson(bottest.Person("@alice")).Place())).Body)
	})
}

func TestNetworksWithoutGesturesSaySo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &gestures{}
		chat := bottest.New(t, p)
		require.ErrorIs(t, p.host.Edit(t.Context(), backend.Ref{}, ""), errors.ErrUnsupported)
		require.ErrorIs(t, p.host.React(t.Context(), backend.Ref{}, ""), errors.ErrUnsupported)
		require.ErrorIs(t, p.host.Unreact(t.Context(), backend.Ref{}, ""), errors.ErrUnsupported)
		_, err := p.host.OpenFile(t.Context(), backend.File{})
		require.ErrorIs(t, err, errors.ErrUnsupported)
		chat.As("@alice").In("#ops").Say("!whisper")
		chat.As("@alice").Expect("psst")
	})
}
