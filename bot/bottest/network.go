package bottest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/go-errbot/errbot/backend"
)

// Network is a chat network in memory: a [backend.Backend] with the means to act as its
// users and to make it fail. It is safe for concurrent use.
type Network struct {
	self backend.Person

	mu       sync.Mutex
	sink     backend.Sink // nil between two connections
	cut      chan error
	up       chan struct{} // closed while there is a connection
	limits   backend.Limits
	ended    bool    // the conversation is over; what is still sent arrives nevertheless
	failures []error // of the next sends
	nextID   int
	mail     map[backend.Place]chan *backend.Message
	joined   []string
}

var (
	_ backend.Backend = (*Network)(nil)
	_ backend.Limiter = (*Network)(nil)
	_ backend.Joiner  = (*Network)(nil)
)

// mailboxSize is how many messages a place holds for a test that does not read them.
const mailboxSize = 100_000

// errOffline is why a message is not taken between two connections.
var errOffline = errors.New("not connected")

// NewNetwork returns a network on which the bot is @errbot.
func NewNetwork() *Network {
	return &Network{
		self:   Person("@errbot"),
		limits: backend.DefaultLimits,
		up:     make(chan struct{}),
		mail:   map[backend.Place]chan *backend.Message{},
	}
}

// Person returns the person with an address. Access rules see the address; ID and nick are
// the address without "@".
func Person(address string) backend.Person {
	nick := strings.TrimPrefix(address, "@")
	return backend.Person{ID: nick, Nick: nick, ACL: address, Address: address}
}

// Room returns the room with an address, which is also what access rules see.
func Room(address string) backend.Room {
	return backend.Room{ID: address, Name: strings.TrimPrefix(address, "#"), ACL: address, Address: address}
}

// Name implements [backend.Backend].
func (n *Network) Name() string { return "bottest" }

// Self implements [backend.Backend].
func (n *Network) Self() backend.Person { return n.self }

// Limits implements [backend.Limiter].
func (n *Network) Limits() backend.Limits {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.limits
}

// SetLimits changes what the network can carry.
func (n *Network) SetLimits(l backend.Limits) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.limits = l
}

// Resolve implements [backend.Backend]: "#" begins a room, anything else is a person, and
// an address with a blank in it is nobody's.
func (n *Network) Resolve(_ context.Context, address string) (backend.Ref, error) {
	switch {
	case address == "" || strings.Contains(address, " "):
		return backend.Ref{}, fmt.Errorf("%q: %w", address, backend.ErrUnknown)
	case strings.HasPrefix(address, "#"):
		return backend.ToRoom(Room(address)), nil
	default:
		return backend.ToPerson(Person(address)), nil
	}
}

// Run implements [backend.Backend].
func (n *Network) Run(ctx context.Context, events backend.Sink) error {
	cut := make(chan error, 1)
	n.mu.Lock()
	n.sink, n.cut = events, cut
	n.mu.Unlock()
	events.Connected()
	n.mu.Lock()
	close(n.up)
	n.mu.Unlock()
	defer n.disconnect()
	select {
	case <-ctx.Done():
		return nil
	case err := <-cut:
		return err
	}
}

// Cut ends the connection with err, if there is one. The host then connects again, or stops
// when err wraps [backend.ErrEnd].
func (n *Network) Cut(err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cut != nil {
		n.ended = errors.Is(err, backend.ErrEnd)
		n.cut <- err
		n.cut = nil
	}
}

func (n *Network) disconnect() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.sink, n.cut, n.up = nil, nil, make(chan struct{})
}

// Up returns a channel that is closed while the bot is connected.
func (n *Network) Up() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.up
}

// FailSends makes the next sends fail, one for each error.
func (n *Network) FailSends(errs ...error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.failures = append(n.failures, errs...)
}

// Send implements [backend.Backend].
func (n *Network) Send(ctx context.Context, m *backend.Message) (backend.Ref, error) {
	if err := ctx.Err(); err != nil {
		return backend.Ref{}, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.failures) > 0 {
		err := n.failures[0]
		n.failures = n.failures[1:]
		return backend.Ref{}, err
	}
	if n.sink == nil && !n.ended {
		return backend.Ref{}, &backend.RetryableError{Err: errOffline}
	}
	sent := *m
	n.nextID++
	sent.ID = strconv.Itoa(n.nextID)
	select {
	case n.mailbox(m.Place()) <- &sent:
		return sent.Ref, nil
	default:
		return backend.Ref{}, fmt.Errorf("%d messages to %s have not been read", mailboxSize, m.Ref)
	}
}

// mailbox returns what has been said at a place. n.mu is held.
func (n *Network) mailbox(p backend.Place) chan *backend.Message {
	box, ok := n.mail[p]
	if !ok {
		box = make(chan *backend.Message, mailboxSize)
		n.mail[p] = box
	}
	return box
}

// Mail returns what the bot says at a place.
func (n *Network) Mail(p backend.Place) <-chan *backend.Message {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.mailbox(p)
}

// Deliver hands an event to the bot, as the network would. It reports false between two
// connections.
func (n *Network) Deliver(e backend.Event) bool {
	n.mu.Lock()
	sink := n.sink
	n.mu.Unlock()
	if sink == nil {
		return false
	}
	sink.Receive(e)
	return true
}

// Join implements [backend.Joiner].
func (n *Network) Join(_ context.Context, room, _, _ string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.joined = append(n.joined, room)
	return nil
}

// Joined returns the rooms that the bot has joined, in that order.
func (n *Network) Joined() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]string(nil), n.joined...)
}
