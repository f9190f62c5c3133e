package backendtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf16"
	"unicode/utf8"

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

// takesItsLimit sends the longest bodies that the host would: of characters of every size,
// and of such as must be escaped. They arrive whole, in as few messages as the network needs.
func takesItsLimit(s *session) {
	s.connect()
	limits := backend.DefaultLimits
	if l, ok := s.Backend.(backend.Limiter); ok {
		limits = l.Limits()
	}
	ref := s.resolve(s.Room)
	for _, character := range []string{"x", "ß", "世", "😀", "*", "<"} {
		text := strings.Repeat(character, limits.MessageSize/size(character, limits.Unit))
		s.send(ref, text)
		got := s.heard(s.Room)
		for len(got) < len(text) {
			got += s.heard(s.Room)
		}
		require.Equal(s, text, got)
	}
}

func size(character string, unit backend.Unit) int {
	switch unit {
	case backend.Bytes:
		return len(character)
	case backend.UTF16:
		return len(utf16.Encode([]rune(character)))
	default:
		return utf8.RuneCountInString(character)
	}
}

// waitsWhenTold sends what the network refuses for now. A backend either waits by itself,
// or says how long the host must.
func waitsWhenTold(s *session) {
	require.NotNil(s, s.Throttle, "Network.Throttle")
	s.connect()
	ref := s.resolve(s.Room)
	s.Throttle()
	_, err := s.Backend.Send(s.Context(), &backend.Message{Ref: ref, Body: "patience"})
	for err != nil {
		var retryable *backend.RetryableError
		require.ErrorAs(s, err, &retryable, "Send at a rate limit")
		require.Positive(s, retryable.After, "how long to wait")
		require.Less(s, retryable.After, s.patience(), "how long to wait")
		select {
		case <-time.After(retryable.After):
		case <-s.Context().Done():
		}
		_, err = s.Backend.Send(s.Context(), &backend.Message{Ref: ref, Body: "patience"})
	}
	s.send(ref, "reward")
	require.Equal(s, "patience", s.heard(s.Room))
	require.Equal(s, "reward", s.heard(s.Room), "what was refused must arrive once")
}

func changesWhatItSaid(s *session, editor backend.Editor) {
	require.NotNil(s, s.HeardChange, "Network.HeardChange")
	s.connect()
	sent := s.send(s.resolve(s.Room), "wait")
	require.NotEmpty(s, sent.ID, "a message that can be changed has an ID")
	require.Equal(s, "wait", s.heard(s.Room))
	require.NoError(s, editor.Edit(s.Context(), &backend.Message{Ref: s.throughJSON(sent), Body: "*done*", Plain: true}))
	var text string
	require.NoError(s, s.waiting(func(ctx context.Context) (err error) {
		text, err = s.HeardChange(ctx)
		return err
	}))
	require.Equal(s, "*done*", text)
}

func cardsAreWhole(s *session, cards backend.CardSender) {
	require.NotNil(s, s.HeardCard, "Network.HeardCard")
	s.connect()
	ref := s.resolve(s.Room)
	card := &backend.Card{
		Title: "Upgrade", Link: "https://example.com/upgrade", Body: "All hosts are up", Color: "green",
		Fields: []backend.Field{{Name: "role", Value: "web"}, {Name: "hosts", Value: "4"}},
	}
	sent, err := cards.SendCard(s.Context(), card, &backend.Message{Ref: ref, Body: card.Markdown()})
	require.NoError(s, err)
	require.Equal(s, ref.Place(), sent.Place(), "SendCard returns where the card went")
	var got backend.Card
	require.NoError(s, s.waiting(func(ctx context.Context) (err error) {
		got, err = s.HeardCard(ctx)
		return err
	}))
	require.Equal(s, card.Title, got.Title)
	require.Equal(s, card.Link, got.Link)
	require.Contains(s, got.Body, card.Body)
	require.Equal(s, card.Fields, got.Fields)
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
