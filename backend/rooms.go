package backend

import "context"

// RoomManager is a backend whose rooms the bot can look after. Rooms and people are
// addresses. All methods may ask the network and block until it has answered or ctx ends;
// what the network refuses is an error in its words, and what does not exist is one that
// wraps [ErrUnknown].
type RoomManager interface {
	Joiner
	// Leave leaves room, with a reason where the network shows one.
	Leave(ctx context.Context, room, reason string) error
	// Rooms returns the rooms that the bot is in.
	Rooms(ctx context.Context) ([]Room, error)
	// Topic returns the topic of room; empty when none is set.
	Topic(ctx context.Context, room string) (string, error)
	// SetTopic changes the topic of room; the empty one removes it.
	SetTopic(ctx context.Context, room, topic string) error
	// Occupants returns who is in room, the bot included.
	Occupants(ctx context.Context, room string) ([]Person, error)
	// Invite asks people into room. It ends at the first who cannot be invited.
	Invite(ctx context.Context, room string, people ...string) error
}

// PresenceSetter is a backend that shows others whether the bot is there.
type PresenceSetter interface {
	// SetPresence shows status ("online", "away", "dnd") with a note, until it is called
	// again.
	SetPresence(ctx context.Context, status, note string) error
}
