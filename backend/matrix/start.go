package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/go-errbot/errbot/backend"
)

// position is up to where the bot has read.
type position struct {
	token string // of the stream of events; empty before the first connection
	// began is when the first connection was made. What was said before is not acted upon,
	// unless there was a token of an earlier process.
	began time.Time
}

// savedPosition is the file that [Options.Position] names.
type savedPosition struct {
	User  string `json:"user"`
	Token string `json:"token"`
}

// start learns at the first connection what rooms there are, and where to begin to read.
func (b *Backend) start(ctx context.Context, s *stream) error {
	if b.position.token != "" {
		return nil
	}
	saved, err := b.loadPosition(string(s.cli.UserID))
	if err != nil {
		return err
	}
	all := *s
	all.filter = filter(1)
	now, err := all.next(ctx, "", 0)
	if err != nil {
		return err
	}
	b.takeAccountData(now)
	for id, joined := range now.Rooms.Join {
		b.rooms.enter(id)
		b.takeState(id, joined.State.Events)
		b.takeState(id, joined.Timeline.Events)
		b.rooms.change(id, func(r *room) { r.settled = true })
	}
	for id, invited := range now.Rooms.Invite {
		b.rooms.invite(id, invited.State.Events)
	}
	b.position = position{token: now.NextBatch, began: time.Now()}
	if saved != "" {
		b.position = position{token: saved}
	}
	return nil
}

// loadPosition returns where an earlier process has ended; "" when there is none.
func (b *Backend) loadPosition(user string) (string, error) {
	if b.options.Position == "" {
		return "", nil
	}
	data, err := os.ReadFile(b.options.Position)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	var saved savedPosition
	if err == nil {
		err = json.Unmarshal(data, &saved)
	}
	if err != nil {
		return "", fmt.Errorf("%w: read where the bot has ended: %w", backend.ErrRefused, err)
	}
	if saved.User != user {
		return "", nil
	}
	return saved.Token, nil
}

// savePosition notes that everything before token is dealt with. It comes before the
// messages themselves go to the host: after a crash a command may be missing, and none is
// run twice.
func (b *Backend) savePosition(user, token string) error {
	path := b.options.Position
	if path == "" || token == b.position.token {
		return nil
	}
	data, err := json.Marshal(savedPosition{User: user, Token: token})
	if err != nil {
		return err
	}
	part := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".new")
	if err := os.WriteFile(part, data, 0o600); err != nil {
		return fmt.Errorf("matrix: keep where the bot is: %w", err)
	}
	if err := os.Rename(part, path); err != nil {
		return fmt.Errorf("matrix: keep where the bot is: %w", err)
	}
	return nil
}
