package backendtest

import (
	"context"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
)

func gestureChecks() []check {
	return []check{
		{name: "SeesReactions", needs: Reactions, run: seesReactions},
		{name: "ReactsToMessages", run: optional("puts no reactions on messages", reacts)},
		{name: "SeesPresence", needs: Presence, run: seesPresence},
		{name: "ShowsItsPresence", run: optional("does not show its presence", showsPresence)},
	}
}

func seesReactions(s *session) {
	require.NotNil(s, s.Network.React, "Network.React")
	c := s.connect()
	person, sent := s.resolve(s.Person).Person, s.send(s.resolve(s.Room), "shall I?")
	require.Equal(s, "shall I?", s.heard(s.Room))
	for _, remove := range []bool{false, true} {
		s.Network.React(sent, s.emoji(), remove)
		happens(c, func(e backend.Reaction) bool {
			return e.By.ID == person.ID && e.To.ID == sent.ID && e.To.Place() == sent.Place() &&
				e.Name == s.emoji() && e.Removed == remove
		})
	}
}

func reacts(s *session, reactor backend.Reactor) {
	require.NotNil(s, s.HeardReaction, "Network.HeardReaction")
	to := s.throughJSON(s.connect().said(s.Room, "shall I?").Ref)
	for range 2 { // the second time is no error, and changes nothing
		require.NoError(s, reactor.React(s.Context(), to, s.emoji()))
	}
	s.heardReaction(false)
	for range 2 {
		require.NoError(s, reactor.Unreact(s.Context(), to, s.emoji()))
	}
	s.heardReaction(true)
}

func (s *session) heardReaction(removed bool) {
	s.Helper()
	require.NoError(s, s.waiting(func(ctx context.Context) error {
		name, gone, err := s.HeardReaction(ctx)
		if err == nil {
			require.Equal(s, s.emoji(), name)
			require.Equal(s, removed, gone, "the reaction is taken away")
		}
		return err
	}), "the person saw no reaction")
}

func seesPresence(s *session) {
	require.NotNil(s, s.Appear, "Network.Appear")
	c := s.connect()
	person := c.said("", "hello").From
	for _, status := range []string{"away", "online"} {
		s.Appear(status)
		happens(c, func(e backend.Presence) bool { return e.Person.ID == person.ID && e.Status == status })
	}
}

func showsPresence(s *session, setter backend.PresenceSetter) {
	require.NotNil(s, s.SeenAs, "Network.SeenAs")
	s.connect().said("", "hello")
	for _, status := range []string{"away", "online"} {
		require.NoError(s, setter.SetPresence(s.Context(), status, "a note"))
		require.NoError(s, s.waiting(func(ctx context.Context) error { return s.SeenAs(ctx, status) }), "seen as %s", status)
	}
}
