package irc

import (
	"sync"
	"time"

	"github.com/lrstanley/girc"

	"github.com/go-errbot/errbot/backend"
)

// state is what the backend knows, across connections. The zero value has no connection.
type state struct {
	mu       sync.Mutex
	conn     *conn // that can send; nil without
	since    time.Time
	self     girc.Source
	support  support
	rooms    map[string]*room // that the bot is in or wants to be in, by folded name
	splits   splits
	awayNote string
}

// current returns the connection; a *[backend.RetryableError] when there is none.
func (s *state) current() (*conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil {
		return nil, &backend.RetryableError{Err: errNotConnected}
	}
	return s.conn, nil
}

// attach makes c, or nothing, what messages are sent through. Without a connection the bot
// is in no room.
func (s *state) attach(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn, s.since = c, time.Now()
	for _, r := range s.rooms {
		r.reset()
	}
}

// isNew reports whether the connection has just been made: the host is still joining rooms.
func (s *state) isNew() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Since(s.since) < settling
}

// begin forgets what a connection before has told about the network.
func (s *state) begin(nick string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.support, s.self.Name = defaultSupport(), nick
}

func (s *state) setNick(nick string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.self.Name = nick
}

func (s *state) setMask(source *girc.Source) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.self = *source
}

func (s *state) setHost(host string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.self.Host = host
}

func (s *state) setSupport(e *girc.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.support = s.support.with(e)
}

func (s *state) network() support {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.support
}

func (s *state) mask() girc.Source {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.self
}

func (s *state) fold(name string) string { return s.network().casemap.fold(name) }

// isSelf reports whether nick is the bot's.
func (s *state) isSelf(nick string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.support.casemap.fold(nick) == s.support.casemap.fold(s.self.Name)
}

func (s *state) away() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.awayNote
}

func (s *state) setAway(note string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.awayNote = note
}
