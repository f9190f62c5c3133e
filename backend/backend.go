package backend

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Backend is one account on one chat network.
//
// All methods may be called from several goroutines at once. Everything beyond these
// five methods is an optional interface: [CardSender], [Limiter], [Mentioner],
// [Joiner], [FileSender], [ExtrasSender], [RoomManager], [Editor], [Reactor],
// [PresenceSetter], [Typer], [Whisperer], [FileOpener].
type Backend interface {
	// Name returns the network's name as configuration has it: "text", "slack".
	Name() string

	// Self returns the bot's own identity. Before the first connection it may be
	// incomplete.
	Self() Person

	// Resolve turns an address that a person typed or configuration holds
	// ("@alice", "#ops") into a Ref. It returns an error that wraps [ErrUnknown]
	// when there is no such person or room, and for the empty address. It may ask
	// the network.
	Resolve(ctx context.Context, address string) (Ref, error)

	// Run opens one connection and serves it: it calls events.Connected once the
	// connection can send and receive, then events.Receive for all that arrives.
	// It returns when ctx is cancelled (nil) or the connection has ended (why).
	// The host connects again with backoff and jitter, so Run never tries twice.
	// An error that wraps [ErrRefused] says that trying again is pointless until
	// somebody changes something; one that wraps [ErrEnd] that the conversation
	// is over for good, as at the end of standard input.
	Run(ctx context.Context, events Sink) error

	// Send delivers one message and returns where it went, with its new ID where
	// the network gives one. It blocks until the network has taken the message. A
	// message whose Ref is zero is an error.
	// A *[RetryableError] says that the same call may succeed later, and that the
	// network has not taken the message.
	Send(ctx context.Context, m *Message) (Ref, error)
}

// Sink takes what a connection brings. The host implements it. Its methods do not
// wait for commands and may be called from several goroutines, until Run returns; messages
// of one person should be passed in the order in which they were said.
type Sink interface {
	// Connected tells that the connection is up. It is called once for each Run.
	Connected()
	// Receive passes one event on. The event is the host's from then on.
	Receive(e Event)
}

// Errors that a backend wraps to tell the host what to do.
var (
	// ErrUnknown says that an address names nobody.
	ErrUnknown = errors.New("no such person or room")
	// ErrRefused says that the network refused the credentials or the account.
	ErrRefused = errors.New("refused by the chat network")
	// ErrEnd says that the conversation is over for good.
	ErrEnd = errors.New("end of the conversation")
	// ErrFileTooLarge says that the network takes no file of that size.
	ErrFileTooLarge = errors.New("the file is too large for the chat network")
)

// RetryableError says that the network did not take a message for a reason that may
// pass: no connection, or a rate limit.
type RetryableError struct {
	Err   error
	After time.Duration // how long to wait at least; 0 when the network did not say
}

// Error implements error.
func (e *RetryableError) Error() string {
	if e.After > 0 {
		return fmt.Sprintf("%v (try again after %v)", e.Err, e.After)
	}
	return e.Err.Error()
}

// Unwrap returns the cause.
func (e *RetryableError) Unwrap() error { return e.Err }

// CardSender is a backend that has cards of its own. SendCard follows the rules of
// [Backend.Send]; fallback is the message as it would be sent without cards, and
// says where the card goes.
type CardSender interface {
	SendCard(ctx context.Context, c *Card, fallback *Message) (Ref, error)
}

// Limiter is a backend with limits. Without it the host assumes [DefaultLimits].
type Limiter interface {
	Limits() Limits
}

// Limits are what a network can carry, as data.
type Limits struct {
	// MessageSize is the longest body that fits into one message, in Unit.
	MessageSize int
	Unit        Unit
}

// DefaultLimits holds for a backend that does not say otherwise.
var DefaultLimits = Limits{MessageSize: 10000, Unit: Runes}

// Unit is what a network counts its message size in.
type Unit int

// What networks count.
const (
	Runes Unit = iota // Unicode code points
	Bytes             // bytes of UTF-8
	UTF16             // UTF-16 code units
)

// Mentioner is a backend with its own way to address somebody at the beginning of a
// message in a room. Without it the host writes "@nick ".
type Mentioner interface {
	// Mention returns the text that goes before the message, with the blank or
	// colon that follows it.
	Mention(p Person) string
}

// Joiner is a backend whose rooms must be joined. The host joins the configured
// rooms after every connect.
type Joiner interface {
	// Join enters room, an address, as nick. Joining a room twice is no error.
	// The password is empty for rooms without one.
	Join(ctx context.Context, room, nick, password string) error
}
