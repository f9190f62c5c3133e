package xmpp

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/go-errbot/errbot/backend"
)

var (
	errNotConnected = errors.New("not connected")
	// errInDoubt says that a message was written and not confirmed. Sending it again could
	// double it.
	errInDoubt = errors.New("the message was sent and not confirmed; it may have arrived")
)

// maxUnconfirmed bounds what the server need not have confirmed yet.
const maxUnconfirmed = 10_000

// keptFor is how long a session is taken for one that the server still has. Servers keep them
// for five to ten minutes; asking in vain does no harm.
const keptFor = 15 * time.Minute

// outgoing is something said to the server.
type outgoing struct {
	id   string // of a message
	to   string // where it goes, without a resource
	data []byte // as it is on the wire
	// awaited tells that somebody waits for the server's word.
	awaited bool
	echo    string // by what a room's reflection is known, which tells that it was taken; else empty

	once sync.Once
	done chan struct{} // closed when it is known what became of it
	err  error         // to be read when done is closed
}

func newOutgoing(id, to string, data []byte) *outgoing {
	return &outgoing{id: id, to: bare(to), data: data, done: make(chan struct{})}
}

// settle tells what became of it. The first word counts.
func (x *outgoing) settle(err error) {
	x.once.Do(func() {
		x.err = err
		close(x.done)
	})
}

// stream is what both sides of a session have said, as XEP-0198 counts it. It outlives a
// connection when the session can be resumed.
type stream struct {
	mu          sync.Mutex
	id          string // by which the session can be resumed; empty when it cannot
	managed     bool   // the server counts as well
	ended       time.Time
	handled     uint32      // stanzas of the server's
	confirmed   uint32      // stanzas of the bot's
	unconfirmed []*outgoing // that follow them, in order
	echoes      map[string]*outgoing
}

// resumption is what the server must be told for a session to be resumed.
type resumption struct {
	id      string // empty when there is none
	handled uint32
}

func (s *stream) resumable() resumption {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.ended) > keptFor {
		return resumption{}
	}
	return resumption{id: s.id, handled: s.handled}
}

// begin starts to count for a new session. If the server says what it has of the one before,
// the rest can be sent again; otherwise that is in doubt.
func (s *stream) begin(o *opening) {
	rest := errInDoubt
	if o.handled != nil && s.confirm(*o.handled) == nil {
		rest = notTaken()
	}
	s.abandon(rest)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.id, s.managed, s.handled, s.confirmed = o.id, o.managed, 0, 0
}

// resume goes on with the session before and returns what the server has not got.
func (s *stream) resume(handled uint32) ([]byte, error) {
	if err := s.confirm(handled); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var again []byte
	for _, x := range s.unconfirmed {
		again = append(again, x.data...)
	}
	return again, nil
}

// pause notes that a connection has ended, and gives the session up when it cannot be resumed.
func (s *stream) pause() {
	s.mu.Lock()
	s.ended = time.Now()
	kept := s.id != ""
	s.mu.Unlock()
	if !kept {
		s.abandon(errInDoubt)
	}
}

// abandon gives a session up: rest is what becomes of what is not confirmed. What a room has
// not reflected is in doubt.
func (s *stream) abandon(rest error) {
	s.mu.Lock()
	unconfirmed, echoes := s.unconfirmed, s.echoes
	s.id, s.unconfirmed, s.echoes = "", nil, map[string]*outgoing{}
	s.mu.Unlock()
	for _, x := range unconfirmed {
		x.settle(rest)
	}
	for _, x := range echoes {
		x.settle(errInDoubt)
	}
}

// take notes that x is about to be written.
func (s *stream) take(x *outgoing) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.unconfirmed) >= maxUnconfirmed {
		return fmt.Errorf("the server has not confirmed the last %d stanzas", maxUnconfirmed)
	}
	s.unconfirmed = append(s.unconfirmed, x)
	if x.echo != "" {
		s.echoes[x.echo] = x
	}
	return nil
}

// count notes that a stanza of the server's has been handled.
func (s *stream) count() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handled++
}

// numbers are how many stanzas each side has said.
type numbers struct {
	managed       bool // the server counts as well
	handled, sent uint32
	unconfirmed   int
}

func (s *stream) numbers() numbers {
	s.mu.Lock()
	defer s.mu.Unlock()
	open := len(s.unconfirmed)
	return numbers{s.managed, s.handled, s.confirmed + uint32(open), open}
}

// confirm notes that the server has n stanzas of the bot's.
func (s *stream) confirm(n uint32) error {
	s.mu.Lock()
	news := n - s.confirmed // the number begins again at 0 after 2^32
	if uint64(news) > uint64(len(s.unconfirmed)) {
		s.mu.Unlock()
		return errors.New("the server confirms what it was not sent")
	}
	taken := s.unconfirmed[:news]
	s.unconfirmed, s.confirmed = s.unconfirmed[news:], n
	if len(s.unconfirmed) == 0 {
		s.unconfirmed = nil
	}
	s.mu.Unlock()
	for _, x := range taken {
		if x.echo == "" {
			x.settle(nil)
		}
	}
	return nil
}

// reflected notes that a room shows what the bot said.
func (s *stream) reflected(echo, from string) {
	s.mu.Lock()
	x := s.echoes[echo]
	known := x != nil && x.to == bare(from)
	if known {
		delete(s.echoes, echo)
	}
	s.mu.Unlock()
	if known {
		x.settle(nil)
	}
}

// refused notes that the message called id came back with an error. It reports whether
// somebody waited for what becomes of it.
func (s *stream) refused(id, from string, err error) bool {
	s.mu.Lock()
	var found *outgoing
	for _, x := range slices.Concat(slices.Collect(maps.Values(s.echoes)), s.unconfirmed) {
		if x.id == id && id != "" && x.to == bare(from) {
			found = x
		}
	}
	if found != nil {
		delete(s.echoes, found.echo)
	}
	s.mu.Unlock()
	if found != nil {
		found.settle(err)
	}
	return found != nil
}

// notTaken is what becomes of what was not written.
func notTaken() error { return &backend.RetryableError{Err: errNotConnected} }

func (s *stream) isManaged() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.managed
}
