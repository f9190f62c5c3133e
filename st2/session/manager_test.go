package session_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-errbot/errbot/bot/secret"
	"github.com/go-errbot/errbot/st2/session"
	"github.com/stretchr/testify/require"
)

func TestLogIn(t *testing.T) {
	m := newManager(t)
	_, _, err := m.Lookup(t.Context(), alice.Key)
	require.ErrorIs(t, err, session.ErrNoSession)

	link := start(t, m, alice)
	require.Equal(t, session.LinkWaiting, link.State)
	require.Equal(t, session.Waiting, link.Session.State)
	require.NotEqual(t, link.ID, link.Session.ID, "who sees the list must not see the link")
	require.Equal(t, link, m.Link(link.ID), "looking")
	require.Equal(t, link, m.Link(link.ID), "does not use it up")
	_, _, err = m.Lookup(t.Context(), alice.Key)
	require.ErrorIs(t, err, session.ErrNoSession)

	s, err := m.Redeem(t.Context(), attempt(link), good(keyOfA))
	require.NoError(t, err)
	require.Equal(t, session.LinkUsed, m.Link(link.ID).State)
	c, found, err := m.Lookup(t.Context(), alice.Key)
	require.NoError(t, err)
	require.Equal(t, keyOfA, c)
	require.Equal(t, s.ID, found.ID)
	require.Equal(t, link.Session.ID, found.ID, "it is the session that was started")
	require.Equal(t, "st2alice", found.Account)
	require.Equal(t, session.KindAPIKey, found.Kind)
	require.Equal(t, alice, found.User)
	require.Equal(t, session.Authenticated, found.State)
}

func TestStartRefuses(t *testing.T) {
	m := newManager(t)
	for name, c := range map[string]struct {
		user session.User
		word secret.String
		want string
	}{
		"no word":           {alice, "", "it is missing"},
		"blank word":        {alice, " \t\n ", "it is missing"},
		"short word":        {alice, "12345", "it has less than 6 characters"},
		"padded short word": {alice, "  123  ", "it has less than 6 characters"},
		"long word":         {alice, secret.String(strings.Repeat("w", 257)), "it has more than 256 bytes"},
		"control character": {alice, "open\x00sesame", "it has characters that cannot be typed"},
		"not UTF-8":         {alice, "open\xffsesame", "it has characters that cannot be typed"},
		"no user":           {session.User{}, word, "the user's key: expected 1 to 1024 bytes"},
		"long key":          {session.User{Key: strings.Repeat("k", 1025)}, word, "the user's key"},
		"long name":         {session.User{Key: "k", Name: strings.Repeat("n", 1025)}, word, "the user's name"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := m.Start(c.user, c.word)
			require.ErrorContains(t, err, c.want)
			if c.user == alice {
				require.ErrorIs(t, err, session.ErrBadWord)
			}
		})
	}
	sessions, err := m.List(t.Context())
	require.NoError(t, err)
	require.Empty(t, sessions)
}

func TestNewRefuses(t *testing.T) {
	_, err := session.New(session.Options{TTL: -1})
	require.EqualError(t, err, "sessions: no secret store is set\na duration or limit is negative")
}

func TestStartAgainReplacesOnlyWhatWaits(t *testing.T) {
	m := newManager(t)
	logIn(t, m, alice, keyOfA)
	first := start(t, m, alice)
	second := start(t, m, alice)
	require.Equal(t, session.LinkWithdrawn, m.Link(first.ID).State)
	require.Equal(t, session.LinkWaiting, m.Link(second.ID).State)
	requireCredential(t, m, alice, keyOfA)

	_, err := m.Redeem(t.Context(), attempt(first), good(keyOfB))
	require.ErrorIs(t, err, session.ErrWithdrawn)
	requireCredential(t, m, alice, keyOfA)
	_, err = m.Redeem(t.Context(), attempt(second), good(keyOfB))
	require.NoError(t, err)
	requireCredential(t, m, alice, keyOfB)
}

func TestReplayDoesNotHarmTheSession(t *testing.T) {
	m := newManager(t)
	link := start(t, m, alice)
	s, err := m.Redeem(t.Context(), attempt(link), good(keyOfA))
	require.NoError(t, err)
	_, err = m.Redeem(t.Context(), attempt(link), good(keyOfB))
	require.ErrorIs(t, err, session.ErrUsed)
	c, now, err := m.Lookup(t.Context(), alice.Key)
	require.NoError(t, err)
	require.Equal(t, keyOfA, c)
	require.Equal(t, s.ID, now.ID)
}

func TestSessionEndsWithItsTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newManager(t)
		logIn(t, m, alice, keyOfA)
		pass(time.Hour - time.Second)
		requireCredential(t, m, alice, keyOfA)
		pass(time.Second)
		requireEnded(t, m, alice, session.ReasonExpired)
	})
}

func TestSessionEndsWithItsToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newManager(t)
		token := session.Credential{
			Kind: session.KindToken, Secret: "TOKEN", Account: "st2alice",
			Expires: time.Now().Add(10 * time.Minute).UTC(),
		}
		s := logIn(t, m, alice, token)
		require.Equal(t, token.Expires, s.Expires, "people are told the truth")
		pass(10*time.Minute - time.Second)
		requireCredential(t, m, alice, token)
		pass(time.Second)
		requireEnded(t, m, alice, session.ReasonTokenExpired)
	})
}

// requireEnded asserts that the session is over, before and after it is swept, and
// that sweeping tells it once.
func requireEnded(t *testing.T, m *session.Manager, u session.User, why session.Reason) {
	t.Helper()
	var ended *session.EndedError
	_, _, err := m.Lookup(t.Context(), u.Key)
	require.ErrorAs(t, err, &ended)
	require.Equal(t, why, ended.Reason)
	sessions, err := m.List(t.Context())
	require.NoError(t, err)
	require.Empty(t, sessions)

	over, err := m.Sweep(t.Context())
	require.NoError(t, err)
	require.Len(t, over, 1)
	require.Equal(t, why, over[0].Reason)
	require.Equal(t, u, over[0].Session.User)
	over, err = m.Sweep(t.Context())
	require.NoError(t, err)
	require.Empty(t, over)

	_, _, err = m.Lookup(t.Context(), u.Key)
	require.ErrorAs(t, err, &ended)
	require.ErrorIs(t, err, session.ErrNoSession)
	require.EqualError(t, err, "the session is over: "+string(why))
}

func TestSweepLeavesGoodSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newManager(t)
		logIn(t, m, alice, keyOfA)
		pass(30 * time.Minute)
		logIn(t, m, bob, keyOfB)
		pass(45 * time.Minute)
		over, err := m.Sweep(t.Context())
		require.NoError(t, err)
		require.Len(t, over, 1)
		require.Equal(t, alice, over[0].Session.User)
		requireCredential(t, m, bob, keyOfB)
	})
}

func TestLinkExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newManager(t)
		link := start(t, m, alice)
		pass(15*time.Minute - time.Second)
		require.Equal(t, session.LinkWaiting, m.Link(link.ID).State)
		pass(time.Second)
		for range 2 { // before and after its word is forgotten
			require.Equal(t, session.LinkExpired, m.Link(link.ID).State)
			_, err := m.Redeem(t.Context(), attempt(link), good(keyOfA))
			require.ErrorIs(t, err, session.ErrExpired)
			_, err = m.Sweep(t.Context())
			require.NoError(t, err)
		}
		_, err := m.End(t.Context(), alice.Key)
		require.ErrorIs(t, err, session.ErrNoSession)
	})
}

// The session's time begins with the login, not with the link.
func TestTTLCountsFromTheLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newManager(t, func(o *session.Options) { o.TTL = time.Minute })
		link := start(t, m, alice)
		pass(10 * time.Minute)
		_, err := m.Redeem(t.Context(), attempt(link), good(keyOfA))
		require.NoError(t, err)
		requireCredential(t, m, alice, keyOfA)
	})
}
