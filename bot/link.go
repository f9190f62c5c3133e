package bot

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-errbot/errbot/backend"
)

// link knows whether the bot is connected to its network.
type link struct {
	mu    sync.Mutex
	since time.Time     // of the connection; zero when there is none
	err   error         // why there is none
	isUp  chan struct{} // closed while there is one
	isOff chan struct{} // closed while there is none
}

func newLink() *link {
	off := make(chan struct{})
	close(off)
	return &link{isUp: make(chan struct{}), isOff: off, err: errors.New("not connected yet")}
}

func (l *link) connected() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.since.IsZero() {
		return
	}
	l.since, l.err = time.Now(), nil
	close(l.isUp)
	l.isOff = make(chan struct{})
}

// lost ends the connection and returns how long it lasted.
func (l *link) lost(err error) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err = err
	if l.since.IsZero() {
		return 0
	}
	lasted := time.Since(l.since)
	l.since, l.isUp = time.Time{}, make(chan struct{})
	close(l.isOff)
	return lasted
}

// up returns a channel that is closed while there is a connection.
func (l *link) up() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.isUp
}

// off returns a channel that is closed while there is none.
func (l *link) off() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.isOff
}

// status returns since when the bot is connected, or why it is not.
func (l *link) status() (time.Time, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.since, l.err
}

// Delays between connections. A network that refuses the account is asked rarely.
const (
	reconnectFirst   = time.Second
	reconnectLongest = 5 * time.Minute
	settled          = time.Minute // a connection that lasts so long was a good one
)

// Connected implements [backend.Sink].
func (s sink) Connected() {
	s.link.connected()
	s.log.Info("connected", "backend", s.chat.Name(), "as", s.chat.Self().Address)
}

// stayConnected serves one connection after the other until ctx ends (nil) or the
// conversation is over. It gives up only on an account that is refused at the start.
func (b *Bot) stayConnected(ctx context.Context) error {
	delay := newBackoff(reconnectFirst, reconnectLongest)
	everConnected := false
	for {
		err := protect(func() error { return b.chat.Run(ctx, sink{b}) })
		if ctx.Err() != nil {
			return nil
		}
		if err == nil {
			err = errors.New("the connection has ended")
		}
		lasted := b.link.lost(err)
		everConnected = everConnected || lasted > 0
		switch {
		case errors.Is(err, backend.ErrEnd):
			return err
		case errors.Is(err, backend.ErrRefused) && !everConnected:
			return fmt.Errorf("connect to %s: %w", b.chat.Name(), err)
		case errors.Is(err, backend.ErrRefused):
			delay.current = reconnectLongest
		case lasted > settled:
			delay.reset()
		}
		wait := delay.next()
		b.log.Error("connection to the chat network lost", "backend", b.chat.Name(), "error", err, "again_in", wait)
		if sleep(ctx, wait) != nil {
			return nil
		}
	}
}

// joinRooms enters the configured rooms after every connect.
func (b *Bot) joinRooms(ctx context.Context) {
	joiner, ok := b.chat.(backend.Joiner)
	if !ok {
		if len(b.cfg.ChatroomPresence) > 0 {
			b.log.Warn("this network has no rooms that the bot could join; chatroom_presence is not used")
		}
		return
	}
	for wait(ctx, b.link.up()) {
		for _, r := range b.cfg.ChatroomPresence {
			if err := joiner.Join(ctx, r.Room, b.cfg.Nick, r.Password.Reveal()); err != nil {
				b.log.Error("could not join a room", "room", r.Room, "error", err)
			}
		}
		if !wait(ctx, b.link.off()) {
			return
		}
	}
}

// wait returns true when c is closed, and false when ctx ends first.
func wait(ctx context.Context, c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	case <-ctx.Done():
		return false
	}
}
