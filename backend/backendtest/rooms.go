package backendtest

import (
	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
)

func roomChecks() []check {
	return []check{
		{name: "RoomsJoinAndLeave", run: managing(joinsAndLeaves)},
		{name: "RoomsTellWhoIsThere", run: managing(tellsOccupants)},
		{name: "RoomsHaveATopic", run: managing(setsTopic)},
		{name: "RoomsThatAreNone", run: managing(refusesNoRooms)},
		{name: "InvitesPeople", needs: Invitations, run: managing(invites)},
		{name: "TellsWhoComesAndGoes", needs: RoomChanges, run: tellsOfChanges},
	}
}

// managing is for backends that look after rooms. The bot is in the room.
func managing(test func(s *session, rooms backend.RoomManager)) func(s *session) {
	return optional("does not look after rooms", func(s *session, rooms backend.RoomManager) {
		s.connect()
		require.NoError(s, rooms.Join(s.Context(), s.Room, s.Backend.Self().Nick, ""))
		test(s, rooms)
	})
}

func joinsAndLeaves(s *session, rooms backend.RoomManager) {
	room := *s.resolve(s.Room).Room
	require.NoError(s, rooms.Join(s.Context(), s.Room, s.Backend.Self().Nick, ""), "joining twice is no error")
	list, err := rooms.Rooms(s.Context())
	require.NoError(s, err)
	require.Contains(s, list, room)
	require.NoError(s, rooms.Leave(s.Context(), s.Room, "bye"))
	list, err = rooms.Rooms(s.Context())
	require.NoError(s, err)
	require.NotContains(s, list, room)
	require.NoError(s, rooms.Join(s.Context(), s.Room, s.Backend.Self().Nick, ""))
	s.send(s.resolve(s.Room), "here again")
	require.Equal(s, "here again", s.heard(s.Room))
}

func tellsOccupants(s *session, rooms backend.RoomManager) {
	people, err := rooms.Occupants(s.Context(), s.Room)
	require.NoError(s, err)
	var ids []string
	for _, p := range people {
		s.samePerson(p)
		ids = append(ids, p.ID)
	}
	require.Contains(s, ids, s.Backend.Self().ID)
	require.Contains(s, ids, s.resolve(s.Person).Person.ID)
}

func setsTopic(s *session, rooms backend.RoomManager) {
	for _, topic := range []string{"Grüße from 世界", ""} {
		require.NoError(s, rooms.SetTopic(s.Context(), s.Room, topic))
		got, err := rooms.Topic(s.Context(), s.Room)
		require.NoError(s, err)
		require.Equal(s, topic, got)
	}
}

func refusesNoRooms(s *session, rooms backend.RoomManager) {
	for _, address := range []string{"", s.Person} {
		require.ErrorIs(s, rooms.Join(s.Context(), address, "", ""), backend.ErrUnknown, "Join(%q)", address)
		_, err := rooms.Topic(s.Context(), address)
		require.ErrorIs(s, err, backend.ErrUnknown, "Topic(%q)", address)
	}
}

func invites(s *session, rooms backend.RoomManager) {
	require.NotNil(s, s.Invited, "Network.Invited")
	require.NoError(s, rooms.Invite(s.Context(), s.Empty, s.Person))
	require.NoError(s, s.waiting(s.Invited), "the person was not asked in")
	require.ErrorIs(s, rooms.Invite(s.Context(), s.Empty, s.Unknown), backend.ErrUnknown, "Invite(%q)", s.Unknown)
}

func tellsOfChanges(s *session) {
	require.NotNil(s, s.Walk, "Network.Walk")
	c := s.connect()
	c.said(s.Room, "I am off")
	person, room := s.resolve(s.Person).Person, s.resolve(s.Room).Room
	for _, in := range []bool{false, true} {
		kind := map[bool]backend.RoomChangeKind{false: backend.Left, true: backend.Joined}[in]
		s.Walk(in)
		happens(c, func(e backend.RoomChange) bool {
			return e.Kind == kind && e.Person.ID == person.ID && e.Room == *room
		})
	}
}
