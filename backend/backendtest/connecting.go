package backendtest

import (
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/go-errbot/errbot/backend"
)

func namesItself(s *session) {
	require.NotEmpty(s, s.Backend.Name())
	require.Regexp(s, `^[a-z][a-z0-9]*$`, s.Backend.Name(), "the name as configuration has it")
	s.connect()
	self := s.Backend.Self()
	require.NotEmpty(s, self.ID, "Self has no ID once connected")
	require.NotEmpty(s, self.Nick, "Self has no nick once connected")
	require.NotEqual(s, self.ID, s.resolve(s.Person).Person.ID, "Self is the person on the other side")
	if l, ok := s.Backend.(backend.Limiter); ok {
		require.Positive(s, l.Limits().MessageSize)
	}
}

func stopsCleanly(s *session) {
	c := s.connect()
	c.said("", "hello")
	c.stop()
	require.EqualValues(s, 1, c.host.connects.Load(), "calls of Connected for one Run")
	require.NoError(s, goleak.Find(s.leftovers), "goroutines are left after Run returned")
}

func connectsAgain(s *session) {
	require.NotNil(s, s.Cut, "Network.Cut")
	for range 3 {
		c := s.connect()
		c.said("", "before the cut")
		s.Cut()
		err := c.end()
		require.Error(s, err, "Run after a cut")
		require.NotErrorIs(s, err, backend.ErrEnd, "a cut is not the end")
		require.NotErrorIs(s, err, backend.ErrRefused, "a cut is no refusal")
		require.EqualValues(s, 1, c.host.connects.Load(), "Run must not connect again by itself")
	}
	s.connect().said(s.Room, "after the cuts")
	s.send(s.resolve(s.Room), "still here")
	require.Equal(s, "still here", s.heard(s.Room))
}

func refusesCredentials(s *session) {
	require.NotNil(s, s.Refused, "Network.Refused")
	c := s.begin(s.Refused)
	require.ErrorIs(s, c.end(), backend.ErrRefused, "Run with wrong credentials")
	require.Zero(s, c.host.connects.Load(), "Run must not say that it is connected")
	require.NoError(s, goleak.Find(s.leftovers), "goroutines are left after Run returned")
}

// survivesCuts ends connections at different moments, while they are being made too.
func survivesCuts(s *session) {
	require.NotNil(s, s.Cut, "Network.Cut")
	for moment := range 12 {
		err := s.begin(s.Backend).cutAfter(time.Duration(moment*moment) * time.Millisecond)
		require.Error(s, err, "Run after a cut")
		require.NotErrorIs(s, err, backend.ErrEnd, "a cut is not the end")
		require.NotErrorIs(s, err, backend.ErrRefused, "a cut is no refusal")
	}
	require.NoError(s, goleak.Find(s.leftovers), "goroutines are left after Run returned")
	s.connect().said(s.Room, "after the cuts")
	s.send(s.resolve(s.Room), "still here")
	require.Equal(s, "still here", s.heard(s.Room))
}

// cutAfter cuts the connection after a while, and again until Run has noticed.
func (c *connection) cutAfter(while time.Duration) error {
	c.s.Helper()
	late := time.After(c.s.patience())
	for again := time.After(while); ; again = time.After(time.Millisecond) {
		select {
		case err := <-c.ended:
			return err
		case <-again:
			c.s.Cut()
		case <-late:
			require.FailNow(c.s, "Run did not return")
		}
	}
}

func sendUnconnected(s *session) {
	c := s.connect()
	ref := c.said("", "hello").Ref // what can be resolved without a connection varies
	c.stop()
	_, err := s.Backend.Send(s.Context(), &backend.Message{Ref: ref, Body: "too late"})
	var retryable *backend.RetryableError
	require.ErrorAs(s, err, &retryable, "Send without a connection")

	s.connect()
	s.send(ref, "in time")
	require.Equal(s, "in time", s.heard(""), "what Send refused must not arrive")
}
