package backendtest

import (
	"context"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/markdown"
)

func mentionChecks() []check {
	return []check{
		{name: "KnowsWhoIsMentioned", needs: Mentions, run: knowsMentions},
		{name: "MentionsPeople", needs: Mentions, run: mentionsPeople},
		{name: "TypedTextMentionsNobody", needs: Mentions, run: mentionsNobody},
	}
}

func knowsMentions(s *session) {
	require.NotNil(s, s.Call, "Network.Call")
	c := s.connect()
	s.Call("are you there?")
	m := c.next()
	require.Contains(s, m.Body, "are you there?")
	var ids []string
	for _, p := range m.Mentions {
		ids = append(ids, p.ID)
	}
	require.Equal(s, []string{s.Backend.Self().ID}, ids)
}

func mentionsPeople(s *session) {
	s.connect()
	person := *s.resolve(s.Person).Person
	mention := "@" + person.Nick + " "
	if m, ok := s.Backend.(backend.Mentioner); ok {
		mention = m.Mention(person)
	}
	_, err := s.Backend.Send(s.Context(), &backend.Message{Ref: s.resolve(s.Room), Body: mention + "look here"})
	require.NoError(s, err)
	text, mentioned := s.heardCall()
	require.Contains(s, text, "look here")
	require.True(s, mentioned, "%q reaches the person as %q", mention, text)
}

// mentionsNobody says what a person may have typed, as it is and escaped in Markdown: it is
// shown, and calls nobody.
func mentionsNobody(s *session) {
	s.connect()
	ref, person := s.resolve(s.Room), s.resolve(s.Person).Person
	typed := []string{
		"@" + person.Nick, person.Address, "<@" + person.ID + ">", "<@!" + person.ID + ">",
		"@all", "@here", "@channel", "@everyone", "@room", "<!channel>", "<!here>",
	}
	if m, ok := s.Backend.(backend.Mentioner); ok {
		typed = append(typed, m.Mention(*person))
	}
	for _, text := range typed {
		for _, m := range []*backend.Message{
			{Ref: ref, Body: text + " was typed", Plain: true},
			{Ref: ref, Body: markdown.Escape(text) + " was typed"},
		} {
			_, err := s.Backend.Send(s.Context(), m)
			require.NoError(s, err)
			shown, mentioned := s.heardCall()
			require.Contains(s, shown, "was typed")
			require.False(s, mentioned, "%q mentions somebody as %q", m.Body, shown)
		}
	}
}

func (s *session) heardCall() (text string, mentioned bool) {
	s.Helper()
	require.NotNil(s, s.HeardCall, "Network.HeardCall")
	require.NoError(s, s.waiting(func(ctx context.Context) (err error) {
		text, mentioned, err = s.HeardCall(ctx)
		return err
	}), "the person heard nothing")
	return text, mentioned
}
