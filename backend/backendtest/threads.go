package backendtest

import (
	"context"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
)

func threadChecks() []check {
	return []check{
		{name: "AnswersInTheThread", needs: Threads, run: answersInThread},
		{name: "BeginsAThread", needs: Threads, run: beginsThread},
	}
}

// answersInThread is asked in the thread of a message of the bot's.
func answersInThread(s *session) {
	require.NotNil(s, s.Answer, "Network.Answer")
	c := s.connect()
	root := s.send(s.resolve(s.Room), "the beginning")
	require.Equal(s, "the beginning", s.heard(s.Room))
	require.NotEmpty(s, root.ID, "a message that can be answered has an ID")
	s.Answer(root, "and then?")
	m := c.next()
	require.Equal(s, "and then?", m.Body)
	require.NotEmpty(s, m.Thread, "what is said in a thread says so")
	s.fromThePerson(m)
	sent := s.send(s.throughJSON(m.Ref), "the end")
	require.Equal(s, m.Thread, sent.Thread, "Send returns where the message went")
	require.Equal(s, "the end", s.heardAnswer(root))
}

// beginsThread answers a message in a thread of its own, as the host diverts to threads.
func beginsThread(s *session) {
	m := s.connect().said(s.Room, "tell me all")
	require.NotEmpty(s, m.ID, "a message that can be answered has an ID")
	ref := m.Ref
	ref.Thread = m.ID
	for _, text := range []string{"it is", "a long story"} {
		s.send(ref, text)
		require.Equal(s, text, s.heardAnswer(m.Ref))
	}
}

func (s *session) heardAnswer(to backend.Ref) string {
	s.Helper()
	require.NotNil(s, s.HeardAnswer, "Network.HeardAnswer")
	var text string
	require.NoError(s, s.waiting(func(ctx context.Context) (err error) {
		text, err = s.HeardAnswer(ctx, to)
		return err
	}), "the person heard nothing in the thread")
	return text
}
