package bot_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/bottest"
)

// A plugin is told when the network has no rooms to look after, and no presence.
func TestNetworkWithoutRoomsAndPresence(t *testing.T) {
	p := &roomless{}
	bottest.New(t, p)
	require.ErrorIs(t, p.rooms, errors.ErrUnsupported)
	require.ErrorIs(t, p.presence, errors.ErrUnsupported)
}

type roomless struct{ rooms, presence error }

func (*roomless) Name() string                 { return "Roomless" }
func (*roomless) Register(*bot.Registry) error { return nil }
func (p *roomless) Activate(ctx context.Context, h *bot.Host) error {
	_, p.rooms = h.Rooms()
	p.presence = h.SetPresence(ctx, "away", "")
	return nil
}
