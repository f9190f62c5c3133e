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
	// newest is when the newest event was sent that has been dealt with, and known when
	// that of an earlier process was; in milliseconds since 1970.
	newest, known int64
}

// savedPosition is the file that [Options.Position] names.
type savedPosition struct {
	User   string `json:"user"`
	Token  string `json:"token"`
	Newest int64  `json:"newest"`
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
	b.position = position{token: now.NextBatch, began: time.Now().Add(b.clock)}
	if saved.Token != "" {
		b.position = position{token: saved.Token, newest: saved.Newest, known: saved.Newest}
	}
	return nil
}

// loadPosition returns where an earlier process has ended, without a token when there was
// none.
func (b *Backend) loadPosition(user string) (saved savedPosition, err error) {
	if b.options.Position == "" {
		return saved, nil
	}
	data, err := os.ReadFile(b.options.Position)
	if errors.Is(err, fs.ErrNotExist) {
		return saved, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &saved)
	}
	if err != nil {
		return saved, fmt.Errorf("%w: read where the bot has ended: %w", backend.ErrRefused, err)
	}
	if saved.User != user {
		return savedPosition{}, nil
	}
	return saved, nil
}

// savePosition notes that everything before token is dealt with. It comes before the
// messages themselves go to the host: after a crash a command may be missing, and none is
// run twice.
func (b *Backend) savePosition(user, token string) error {
	path := b.options.Position
	if path == "" || token == b.position.token {
		return nil
	}
	data, err := json.Marshal(savedPosition{User: user, Token: token, Newest: b.position.newest})
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
