package backendtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
)

func keepsOrderOut(s *session) {
	s.connect()
	ref := s.resolve(s.Room)
	for i := range many {
		s.send(ref, fmt.Sprintf("number %d", i))
	}
	for i := range many {
		require.Equal(s, fmt.Sprintf("number %d", i), s.heard(s.Room))
	}
}

func textSurvives(s *session) {
	c := s.connect()
	ref := s.resolve(s.Room)
	for _, text := range texts() {
		c.said(s.Room, text)
		s.send(ref, text)
		require.Equal(s, text, s.heard(s.Room), "a plain body must be shown exactly")
	}
	all := strings.Join(texts(), "\n")
	s.send(ref, all)
	require.Equal(s, all, s.heard(s.Room), "a plain body of several lines must be shown exactly")
}

func markdownIsReadable(s *session) {
	s.connect()
	_, err := s.Backend.Send(s.Context(), &backend.Message{
		Ref:  s.resolve(s.Room),
		Body: "All **hosts** are up:\n- one\n- two\n\n```\nuptime  3 days\n```",
	})
	require.NoError(s, err)
	text := s.heard(s.Room)
	for _, part := range []string{"hosts", "one", "two", "uptime  3 days"} {
		require.Contains(s, text, part)
	}
}

func sendSaysWhere(s *session) {
	c := s.connect()
	for _, ref := range []backend.Ref{c.said("", "here").Ref, c.said(s.Room, "there").Ref} {
		called := make(chan struct{}, 1)
		m := &backend.Message{Ref: ref, Body: "*yes*", Done: func() { called <- struct{}{} }}
		before := *m
		sent, err := s.Backend.Send(s.Context(), m)
		require.NoError(s, err)
		require.Equal(s, ref.Place(), sent.Place(), "Send returns where the message went")
		require.Equal(s, before.Ref, m.Ref, "the message is the caller's")
		require.Equal(s, before.Body, m.Body, "the message is the caller's")
		require.Empty(s, called, "Done is not for messages to the network")
	}
	_, err := s.Backend.Send(s.Context(), &backend.Message{Body: "to nobody"})
	require.Error(s, err, "a message to nowhere cannot be sent")
}

func sendHonoursContext(s *session) {
	s.connect()
	ref := s.resolve(s.Room)
	ctx, cancel := context.WithCancel(s.Context())
	cancel()
	_, err := s.Backend.Send(ctx, &backend.Message{Ref: ref, Body: "never"})
	require.ErrorIs(s, err, context.Canceled)
	s.send(ref, "afterwards")
	require.Equal(s, "afterwards", s.heard(s.Room), "what was cancelled must not arrive")
}

// concurrentSends sends from many goroutines at once: everything arrives once and whole.
func concurrentSends(s *session) {
	s.connect()
	ref := s.resolve(s.Room)
	const senders, each = 20, 5
	errs := make(chan error, senders*each)
	var want []string
	var wg sync.WaitGroup
	for i := range senders {
		var texts []string
		for j := range each {
			texts = append(texts, fmt.Sprintf("%d of %d: %s", j, i, strings.Repeat("x", 50)))
		}
		want = append(want, texts...)
		wg.Go(func() {
			for _, text := range texts {
				_, err := s.Backend.Send(s.Context(), &backend.Message{Ref: ref, Body: text, Plain: true})
				errs <- err
			}
		})
	}
	wg.Wait()
	var got []string
	for range want {
		require.NoError(s, <-errs)
		got = append(got, s.heard(s.Room))
	}
	slices.Sort(got)
	slices.Sort(want)
	require.Equal(s, want, got)
}
