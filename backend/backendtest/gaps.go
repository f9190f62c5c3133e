package backendtest

import (
	"fmt"

	"github.com/stretchr/testify/require"
)

// fillsGaps loses the connection: what is said meanwhile arrives with the next one, once
// and in order, as if it were said now, and nothing of before arrives again.
func fillsGaps(s *session) {
	require.NotNil(s, s.Cut, "Network.Cut")
	c := s.connect()
	c.said(s.Room, "before")
	for round := range 2 {
		s.Cut()
		require.Error(s, c.end(), "Run after a cut")
		var missed []string
		for i := range 5 {
			text := fmt.Sprintf("%d of round %d", i, round)
			s.Say([]string{s.Room, ""}[i%2], text)
			missed = append(missed, text)
		}
		c = s.connect()
		for i, text := range missed {
			m := c.next()
			require.Equal(s, text, m.Body, "what was missed arrives in order")
			require.Equal(s, i%2 == 0, m.IsRoom())
			require.False(s, m.Delayed, "what was said a moment ago is acted upon")
		}
		c.said(s.Room, "after")
	}
}
