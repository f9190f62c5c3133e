package backendtest

import (
	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
)

func resolves(s *session) {
	s.connect()
	person := s.resolve(s.Person)
	require.True(s, person.IsPrivate(), "%q is a person", s.Person)
	s.samePerson(*person.Person)
	room := s.resolve(s.Room)
	require.True(s, room.IsRoom(), "%q is a room", s.Room)
	s.sameRoom(*room.Room)
}

// samePerson checks that p is complete, and that its address leads back to it.
func (s *session) samePerson(p backend.Person) {
	s.Helper()
	require.NotEmpty(s, p.ID, "ID")
	require.NotEmpty(s, p.Nick, "Nick")
	require.NotEmpty(s, p.ACL, "ACL")
	again := s.resolve(p.String())
	require.True(s, again.IsPrivate(), "Resolve(%q)", p)
	require.Equal(s, p.ID, again.Person.ID, "Resolve(%q) is somebody else", p)
	require.Equal(s, p.ACL, again.Person.ACL, "access rules see %q in two ways", p)
	require.Equal(s, p.Address, again.Person.Address)
}

// sameRoom checks that r is complete, and that its address leads back to it.
func (s *session) sameRoom(r backend.Room) {
	s.Helper()
	require.NotEmpty(s, r.ID, "ID")
	require.NotEmpty(s, r.Name, "Name")
	require.NotEmpty(s, r.ACL, "ACL")
	again := s.resolve(r.String())
	require.True(s, again.IsRoom(), "Resolve(%q)", r)
	require.Equal(s, r, *again.Room, "Resolve(%q) is another room", r)
}

func unknownAddress(s *session) {
	s.connect()
	for _, address := range []string{s.Unknown, ""} {
		_, err := s.Backend.Resolve(s.Context(), address)
		require.ErrorIs(s, err, backend.ErrUnknown, "Resolve(%q)", address)
	}
}

func privateMessages(s *session) {
	m := s.connect().said("", "hello")
	require.True(s, m.IsPrivate(), "a private message is in no room")
	require.Equal(s, m.From.ID, m.Person.ID, "the other side of the conversation is who spoke")
	s.fromThePerson(m)
	s.send(m.Ref, "hello to you")
	require.Equal(s, "hello to you", s.heard(""))
}

func roomMessages(s *session) {
	m := s.connect().said(s.Room, "hello all")
	require.True(s, m.IsRoom(), "a message in a room is not private")
	require.Equal(s, s.resolve(s.Room).Room.ID, m.Room.ID)
	s.sameRoom(*m.Room)
	s.fromThePerson(m)
	s.send(m.Ref, "hello to you all")
	require.Equal(s, "hello to you all", s.heard(s.Room))
}

// fromThePerson checks who m is from. Access rules must see one name, in private and in
// a room alike.
func (s *session) fromThePerson(m *backend.Message) {
	s.Helper()
	s.samePerson(m.From)
	require.Equal(s, s.resolve(s.Person).Person.ID, m.From.ID, "From is who spoke")
	require.Equal(s, s.resolve(s.Person).Person.ACL, m.From.ACL, "access rules must see one name everywhere")
	require.False(s, m.Delayed, "a message of now is not delayed")
}

func placesSurviveJSON(s *session) {
	c := s.connect()
	private, public := c.said("", "here").Ref, c.said(s.Room, "and there").Ref
	s.send(s.throughJSON(private), "in private")
	require.Equal(s, "in private", s.heard(""))
	s.send(s.throughJSON(public), "in the room")
	require.Equal(s, "in the room", s.heard(s.Room))
}
