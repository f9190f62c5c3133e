package backendtest

import (
	"context"
	"fmt"
	"slices"

	"github.com/go-errbot/errbot/backend"
)

var _ backend.RoomManager = (*memory)(nil)

// looksAfter refuses what is not the one room.
func (m *memory) looksAfter(room string) error {
	if room != "#ops" && m.fault != "every name is a room" {
		return fmt.Errorf("memory: %w: %q", backend.ErrUnknown, room)
	}
	return nil
}

func (m *memory) Join(_ context.Context, room, _, _ string) error {
	if err := m.looksAfter(room); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.joined = true
	return nil
}

func (m *memory) Leave(_ context.Context, room, _ string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.joined = m.fault == "leaves no room"
	return m.looksAfter(room)
}

func (m *memory) Rooms(context.Context) ([]backend.Room, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.joined {
		return nil, nil
	}
	return []backend.Room{ops()}, nil
}

func (m *memory) Topic(_ context.Context, room string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.topic, m.looksAfter(room)
}

func (m *memory) SetTopic(_ context.Context, room, topic string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fault != "topics stay" || m.topic == "" {
		m.topic = topic
	}
	return m.looksAfter(room)
}

func (m *memory) Occupants(_ context.Context, room string) ([]backend.Person, error) {
	people := []backend.Person{alice(), m.Self()}
	if m.fault == "the bot is not there" {
		people = slices.Delete(people, 1, 2)
	}
	return people, m.looksAfter(room)
}

func (m *memory) Invite(_ context.Context, room string, people ...string) error {
	for _, address := range people {
		if address != "@alice" {
			return fmt.Errorf("memory: %w: %q", backend.ErrUnknown, address)
		}
		if m.fault != "invitations are lost" {
			m.invited <- address
		}
	}
	return m.looksAfter(room)
}
