package backendtest

import (
	"fmt"

	"github.com/stretchr/testify/require"
)

// many is how many messages tell whether order is kept.
const many = 200

// texts are single lines that naive code breaks.
func texts() []string {
	return []string{
		"Grüße, Ελλάδα, 世界, שלום",
		"👋🏽 👩‍👩‍👧 é e\u0301 \U0010FFFD",
		"**not bold** _nor this_ `nor that` ~~nor~~",
		"# not a title",
		"- not a list",
		"<b>not HTML</b> &amp; <!channel> <@U123>",
		`C:\new\table $HOME %s {{ x }} [a](b) | c |`,
		"--- | ---",
		"two  blanks",
	}
}

func keepsOrderIn(s *session) {
	c := s.connect()
	for i := range many {
		s.Say(s.Room, fmt.Sprintf("number %d", i))
	}
	for i := range many {
		require.Equal(s, fmt.Sprintf("number %d", i), c.next().Body)
	}
}

// takesAThousand says 1,000 messages as fast as the network takes them: none is lost.
func takesAThousand(s *session) {
	c := s.connect()
	for i := range 1000 {
		s.Say(s.Room, fmt.Sprintf("message %d", i))
	}
	for i := range 1000 {
		require.Equal(s, fmt.Sprintf("message %d", i), c.next().Body)
	}
}

func marksChanges(s *session) {
	require.NotNil(s, s.Change, "Network.Change")
	c := s.connect()
	first := c.said(s.Room, "one word")
	require.NotEmpty(s, first.ID, "a message that can be changed has an ID")
	require.False(s, first.Edited)
	s.Change("another word")
	m := c.next()
	require.Equal(s, "another word", m.Body)
	require.True(s, m.Edited, "what replaces a message is marked")
	require.Equal(s, first.ID, m.ID, "the message that is replaced")
	s.fromThePerson(m)
}

func ignoresEchoes(s *session) {
	require.NotNil(s, s.Echo, "Network.Echo")
	c := s.connect()
	s.send(s.resolve(s.Room), "the bot")
	require.Equal(s, "the bot", s.heard(s.Room))
	s.Echo("the bot, elsewhere")
	c.said(s.Room, "the person") // is the first to arrive
}

func marksDelayed(s *session) {
	require.NotNil(s, s.SayDelayed, "Network.SayDelayed")
	c := s.connect()
	s.SayDelayed("while you were away")
	m := c.next()
	require.Equal(s, "while you were away", m.Body)
	require.True(s, m.Delayed, "a message of the past is delayed")
	require.False(s, c.said(s.Room, "now").Delayed, "a message of now is not delayed")
}
