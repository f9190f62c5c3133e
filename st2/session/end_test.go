package session_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-errbot/errbot/bot/secret"
	"github.com/go-errbot/errbot/st2/session"
	"github.com/stretchr/testify/require"
)

func TestListIsSorted(t *testing.T) {
	m := newManager(t)
	logIn(t, m, bob, keyOfB)
	logIn(t, m, alice, keyOfA)
	start(t, m, alice)
	start(t, m, session.User{Key: "U0", Name: "@carol"})
	sessions, err := m.List(t.Context())
	require.NoError(t, err)
	var got []string
	for _, s := range sessions {
		got = append(got, s.User.Name+" "+string(s.State)+" "+s.Account)
	}
	require.Equal(t, []string{
		"@alice authenticated st2alice", "@alice waiting ", "@bob authenticated st2bob", "@carol waiting ",
	}, got)
}

func TestEnd(t *testing.T) {
	m := newManager(t)
	logIn(t, m, alice, keyOfA)
	logIn(t, m, bob, keyOfB)
	link := start(t, m, alice)

	ended, err := m.End(t.Context(), alice.Key)
	require.NoError(t, err)
	require.Len(t, ended, 2, "what waits and what is authenticated")
	require.Equal(t, session.LinkWithdrawn, m.Link(link.ID).State)
	_, _, err = m.Lookup(t.Context(), alice.Key)
	require.EqualError(t, err, "the session is over: it was ended")
	requireCredential(t, m, bob, keyOfB)

	_, err = m.End(t.Context(), alice.Key)
	require.ErrorIs(t, err, session.ErrNoSession)
}

func TestCancel(t *testing.T) {
	m := newManager(t)
	authenticated := logIn(t, m, alice, keyOfA)
	link := start(t, m, alice)

	ended, err := m.Cancel(t.Context(), link.Session.ID)
	require.NoError(t, err)
	require.Equal(t, []session.Session{link.Session}, ended)
	require.Equal(t, session.LinkWithdrawn, m.Link(link.ID).State)
	requireCredential(t, m, alice, keyOfA)

	_, err = m.Cancel(t.Context(), authenticated.ID)
	require.NoError(t, err)
	_, _, err = m.Lookup(t.Context(), alice.Key)
	require.EqualError(t, err, "the session is over: an administrator cancelled it")

	logIn(t, m, alice, keyOfA)
	link = start(t, m, alice)
	ended, err = m.Cancel(t.Context(), alice.Key)
	require.NoError(t, err)
	require.Len(t, ended, 2)

	for _, name := range []string{alice.Key, authenticated.ID, link.ID, "", "nobody"} {
		_, err = m.Cancel(t.Context(), name)
		require.ErrorIs(t, err, session.ErrNoSession, name)
	}
}

func TestLostIsToldOnce(t *testing.T) {
	m := newManager(t)
	s := logIn(t, m, alice, keyOfA)
	waiting := start(t, m, alice)
	var told atomic.Int32
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			lost, err := m.Lost(t.Context(), s, "StackStorm refused its token")
			if err == nil && lost {
				told.Add(1)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 1, told.Load())
	_, _, err := m.Lookup(t.Context(), alice.Key)
	require.EqualError(t, err, "the session is over: StackStorm refused its token")
	require.Equal(t, session.LinkWaiting, m.Link(waiting.ID).State, "the way back in stays open")
}

// A command that was under way with the old credential fails after the new login.
func TestLostLeavesANewerSession(t *testing.T) {
	m := newManager(t)
	old := logIn(t, m, alice, keyOfA)
	logIn(t, m, alice, keyOfB)
	lost, err := m.Lost(t.Context(), old, "StackStorm refused its token")
	require.NoError(t, err)
	require.False(t, lost)
	requireCredential(t, m, alice, keyOfB)
}

// broken is a store in which some things fail.
type broken struct {
	session.SecretStore
	put, remove error
}

func (b *broken) Put(ctx context.Context, name string, value secret.String) error {
	if b.put != nil {
		return b.put
	}
	return b.SecretStore.Put(ctx, name, value)
}

func (b *broken) Delete(ctx context.Context, name string) error {
	if b.remove != nil {
		return b.remove
	}
	return b.SecretStore.Delete(ctx, name)
}

func TestEndSaysWhenTheCredentialStays(t *testing.T) {
	disk := errors.New("disk full")
	store := &broken{SecretStore: session.NewCleartext(), remove: disk}
	m := newManager(t, func(o *session.Options) { o.Secrets = store })
	s := logIn(t, m, alice, keyOfA)
	ended, err := m.End(t.Context(), alice.Key)
	require.ErrorIs(t, err, disk)
	require.Empty(t, ended)
	lost, err := m.Lost(t.Context(), s, "StackStorm refused its token")
	require.ErrorIs(t, err, disk)
	require.False(t, lost)
	requireCredential(t, m, alice, keyOfA)

	store.remove = nil
	_, err = m.End(t.Context(), alice.Key)
	require.NoError(t, err)
}

func TestSweepSaysWhatStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := errors.New("disk full")
		store := &broken{SecretStore: session.NewCleartext(), remove: disk}
		m := newManager(t, func(o *session.Options) { o.Secrets = store })
		logIn(t, m, alice, keyOfA)
		pass(time.Hour)
		over, err := m.Sweep(t.Context())
		require.ErrorIs(t, err, disk)
		require.Empty(t, over, "it is told when it is done")
		store.remove = nil
		requireEnded(t, m, alice, session.ReasonExpired)
	})
}

func TestUnreadableRecordIsToldWithoutItsText(t *testing.T) {
	store := session.NewCleartext()
	m := newManager(t, func(o *session.Options) { o.Secrets = store })
	logIn(t, m, bob, keyOfB)
	require.NoError(t, store.Put(t.Context(), alice.Key, "SECRET-but-not-JSON"))

	_, _, err := m.Lookup(t.Context(), alice.Key)
	require.ErrorContains(t, err, "not readable")
	require.NotErrorIs(t, err, session.ErrNoSession)
	require.NotContains(t, err.Error(), "SECRET")
	sessions, err := m.List(t.Context())
	require.ErrorContains(t, err, `user "U1"`)
	require.Len(t, sessions, 1, "the others are listed")
	_, err = m.Sweep(t.Context())
	require.ErrorContains(t, err, `user "U1"`)
}

func TestLoginReplacesAnUnreadableRecord(t *testing.T) {
	store := session.NewCleartext()
	m := newManager(t, func(o *session.Options) { o.Secrets = store })
	require.NoError(t, store.Put(t.Context(), alice.Key, "damaged"))
	logIn(t, m, alice, keyOfA)
	requireCredential(t, m, alice, keyOfA)
}

func TestContextEnds(t *testing.T) {
	m := newManager(t)
	s := logIn(t, m, alice, keyOfA)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, call := range map[string]func() error{
		"Lookup": func() error { _, _, err := m.Lookup(ctx, alice.Key); return err },
		"List":   func() error { _, err := m.List(ctx); return err },
		"End":    func() error { _, err := m.End(ctx, alice.Key); return err },
		"Cancel": func() error { _, err := m.Cancel(ctx, alice.Key); return err },
		"Lost":   func() error { _, err := m.Lost(ctx, s, "x"); return err },
		"Sweep":  func() error { _, err := m.Sweep(ctx); return err },
		"Redeem": func() error { _, err := m.Redeem(ctx, attempt(start(t, m, alice)), good(keyOfB)); return err },
	} {
		require.ErrorIs(t, call(), context.Canceled, name)
	}
	requireCredential(t, m, alice, keyOfA)
}
