package bot

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-errbot/errbot/backend"
)

// Rooms returns what looks after the rooms of the chat network. On a network whose rooms the
// bot cannot look after the error wraps [errors.ErrUnsupported].
func (h *Host) Rooms() (backend.RoomManager, error) {
	if rooms, ok := h.bot.chat.(backend.RoomManager); ok {
		return rooms, nil
	}
	return nil, fmt.Errorf("rooms on %s: %w", h.bot.chat.Name(), errors.ErrUnsupported)
}

// SetPresence shows others whether the bot is there; see [backend.PresenceSetter]. On a
// network that does not show it the error wraps [errors.ErrUnsupported].
func (h *Host) SetPresence(ctx context.Context, status, note string) error {
	if p, ok := h.bot.chat.(backend.PresenceSetter); ok {
		return p.SetPresence(ctx, status, note)
	}
	return fmt.Errorf("presence on %s: %w", h.bot.chat.Name(), errors.ErrUnsupported)
}
