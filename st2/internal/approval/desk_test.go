package approval_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot/store"
	"github.com/go-errbot/errbot/st2/internal/approval"
)

// fixture is a desk, its store and what it has told to have expired.
type fixture struct {
	*approval.Desk
	store   store.Store
	log     *bytes.Buffer
	expired chan string
}

func open(t *testing.T, s store.Store) *fixture {
	t.Helper()
	f := &fixture{store: s, log: &bytes.Buffer{}, expired: make(chan string, 10)}
	var err error
	f.Desk, err = approval.Open(t.Context(), approval.Options{
		Store: s, TTL: time.Minute,
		Audit:   approval.Audit{Store: s, Log: slog.New(slog.NewTextHandler(f.log, nil))},
		Expired: func(_ context.Context, c *approval.Command) { f.expired <- c.Text },
	})
	require.NoError(t, err)
	return f
}

func memory(t *testing.T) store.Store {
	t.Helper()
	s, err := store.NewMemory().Open("St2")
	require.NoError(t, err)
	return s
}

func (f *fixture) events(t *testing.T) (events []string) {
	t.Helper()
	entries, err := f.Audit.Last(t.Context(), 100)
	require.NoError(t, err)
	for _, e := range entries {
		events = append(events, e.Event)
	}
	return events
}

func said(name string) *backend.Message {
	return &backend.Message{From: person(name), Ref: backend.ToRoom(backend.Room{ID: "ops", Address: "#ops"})}
}

func asked(name, text string, rule approval.Rule) approval.Command {
	return approval.Command{Rule: rule, Text: text, Alias: "bank.pay", Meaning: "x", Asker: person(name), At: said(name).Ref}
}

// However many approve and confirm, a command ends its waiting once.
func TestDesk(t *testing.T) {
	t.Parallel()
	f := open(t, memory(t))
	c, factor, err := f.Hold(t.Context(), asked("alice", "pay", approval.Rule{Twofactor: true, Approvals: 2}))
	require.NoError(t, err)
	require.Same(t, c, f.Get(c.ID))
	require.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, factor)
	for _, wrong := range []string{"", c.ID, factor + "0"} {
		_, _, err = f.Confirm(t.Context(), wrong)
		require.ErrorIs(t, err, approval.ErrGone)
	}
	_, _, err = f.Approve(t.Context(), c.ID, said("alice"))
	require.ErrorIs(t, err, approval.ErrOwn)
	_, missing, err := f.Approve(t.Context(), c.ID, said("bob"))
	require.NoError(t, err)
	require.Equal(t, approval.Missing{Factor: true, Approvals: 1}, missing)
	_, _, err = f.Approve(t.Context(), c.ID, &backend.Message{From: backend.Person{ID: "elsewhere", ACL: "@bob"}})
	require.ErrorIs(t, err, approval.ErrTwice)
	_, missing, err = f.Confirm(t.Context(), factor)
	require.NoError(t, err)
	require.Equal(t, approval.Missing{Approvals: 1}, missing)
	got, missing, err := f.Approve(t.Context(), c.ID, said("carol"))
	require.NoError(t, err)
	require.True(t, missing.Nothing())
	require.Same(t, c, got)
	_, _, err = f.Approve(t.Context(), c.ID, said("dave"))
	require.ErrorIs(t, err, approval.ErrGone)
	_, err = f.Deny(t.Context(), c.ID, said("dave"))
	require.ErrorIs(t, err, approval.ErrGone)
	require.Nil(t, f.Get(c.ID))
	require.Equal(t, []string{"requested", "approved", "confirmed", "approved"}, f.events(t))
	require.Empty(t, waitingKeys(t, f.store))
	require.NotContains(t, f.log.String(), factor)
}

func waitingKeys(t *testing.T, s store.Store) []string {
	t.Helper()
	keys, err := s.Keys(t.Context(), "approval/")
	require.NoError(t, err)
	return keys
}

// What was given before a restart counts after it, and nothing counts twice.
func TestRestart(t *testing.T) {
	t.Parallel()
	s := memory(t)
	before := open(t, s)
	c, factor, err := before.Hold(t.Context(), asked("alice", "pay", approval.Rule{Twofactor: true, Approvals: 2}))
	require.NoError(t, err)
	_, _, err = before.Approve(t.Context(), c.ID, said("bob"))
	require.NoError(t, err)
	held, err := s.Get(t.Context(), "approval/"+c.ID)
	require.NoError(t, err)
	require.NotContains(t, string(held), factor, "who reads the store is no second factor")

	after := open(t, s)
	again := after.Get(c.ID)
	require.True(t, c.Expires.Equal(again.Expires), "it is given no more time")
	require.Equal(t, "#ops", again.Message().Ref.String())
	_, _, err = after.Approve(t.Context(), c.ID, said("bob"))
	require.ErrorIs(t, err, approval.ErrTwice)
	_, _, err = after.Confirm(t.Context(), factor)
	require.NoError(t, err)
	got, missing, err := after.Approve(t.Context(), c.ID, said("carol"))
	require.NoError(t, err)
	require.True(t, missing.Nothing())
	require.Equal(t, "pay", got.Text)
	require.Nil(t, open(t, s).Get(c.ID), "it is not run again")
}

func TestDeny(t *testing.T) {
	t.Parallel()
	f := open(t, memory(t))
	for who, want := range map[string]string{"alice": approval.Withdrawn, "bob": approval.Denied} {
		c, _, err := f.Hold(t.Context(), asked("alice", "pay", approval.Rule{Approvals: 1}))
		require.NoError(t, err)
		event, err := f.Deny(t.Context(), c.ID, said(who))
		require.NoError(t, err)
		require.Equal(t, want, event)
		require.Nil(t, open(t, f.store).Get(c.ID))
	}
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := memory(t)
		before := open(t, s)
		c, factor, err := before.Hold(t.Context(), asked("alice", "old", approval.Rule{Twofactor: true, Approvals: 1}))
		require.NoError(t, err)
		time.Sleep(30 * time.Second)
		_, _, err = before.Hold(t.Context(), asked("alice", "young", approval.Rule{Approvals: 1}))
		require.NoError(t, err)
		time.Sleep(30 * time.Second)
		// Its time is over although nobody has noticed yet.
		require.Nil(t, before.Get(c.ID))
		_, _, err = before.Approve(t.Context(), c.ID, said("bob"))
		require.ErrorIs(t, err, approval.ErrGone)
		_, _, err = before.Confirm(t.Context(), factor)
		require.ErrorIs(t, err, approval.ErrGone)

		f := open(t, s) // after a restart
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _ = f.Run(ctx) }()
		require.Equal(t, "old", <-f.expired)
		begin := time.Now()
		require.Equal(t, "young", <-f.expired)
		require.Equal(t, 30*time.Second, time.Since(begin))
		_, _, err = f.Hold(t.Context(), asked("alice", "late", approval.Rule{Approvals: 1}))
		require.NoError(t, err)
		begin = time.Now()
		require.Equal(t, "late", <-f.expired)
		require.Equal(t, time.Minute, time.Since(begin))
		require.Empty(t, waitingKeys(t, s))
		require.Contains(t, f.events(t), "expired")
		cancel()
		synctest.Wait()
	})
}

func TestTooManyWait(t *testing.T) {
	t.Parallel()
	f := open(t, memory(t))
	hold := func(who string) (*approval.Command, error) {
		c, _, err := f.Hold(t.Context(), asked(who, "x", approval.Rule{Approvals: 1}))
		return c, err
	}
	for range 5 {
		_, err := hold("alice")
		require.NoError(t, err)
	}
	_, err := hold("alice")
	require.ErrorIs(t, err, approval.ErrTooMany)
	c, err := hold("bob")
	require.NoError(t, err)
	require.NoError(t, f.Drop(t.Context(), c.ID))
	for i := range 200 {
		if _, err = hold(fmt.Sprint(i)); err != nil {
			break
		}
	}
	require.ErrorIs(t, err, approval.ErrTooMany)
}

// fragile is a store that stops working.
type fragile struct {
	store.Store
	broken bool
}

var errBroken = errors.New("the disk is full")

func (f *fragile) Update(ctx context.Context, key string, change func([]byte) ([]byte, error)) error {
	if f.broken {
		return errBroken
	}
	return f.Store.Update(ctx, key, change)
}

// What cannot be recorded does not count.
func TestNotRecorded(t *testing.T) {
	t.Parallel()
	s := &fragile{Store: memory(t)}
	f := open(t, s)
	c, _, err := f.Hold(t.Context(), asked("alice", "pay", approval.Rule{Approvals: 1}))
	require.NoError(t, err)
	s.broken = true
	_, _, err = f.Approve(t.Context(), c.ID, said("bob"))
	require.ErrorIs(t, err, approval.ErrNotRecorded)
	require.ErrorIs(t, err, errBroken)
	require.Nil(t, f.Get(c.ID))
	_, _, err = f.Hold(t.Context(), asked("alice", "pay", approval.Rule{Approvals: 1}))
	require.ErrorIs(t, err, approval.ErrNotRecorded)
	require.Contains(t, f.log.String(), "the audit could not be written")
	s.broken = false
	require.NoError(t, s.Put(t.Context(), "approval/x", []byte("damaged")))
	_, err = approval.Open(t.Context(), approval.Options{Store: s})
	require.ErrorContains(t, err, "read the commands that wait for approval")
}

func TestAudit(t *testing.T) {
	t.Parallel()
	f := open(t, memory(t))
	last, err := f.Audit.Last(t.Context(), 5)
	require.NoError(t, err)
	require.Empty(t, last)
	for i := range 203 {
		require.NoError(t, f.Audit.Add(t.Context(), approval.Entry{Event: approval.Requested, ID: fmt.Sprint(i), Command: "pay\nbob", Place: "#ops"}))
	}
	last, err = f.Audit.Last(t.Context(), 2)
	require.NoError(t, err)
	require.Equal(t, []string{"201", "202"}, []string{last[0].ID, last[1].ID})
	require.Regexp(t, `^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ  requested 201 "pay bob" in #ops$`, last[0].String())
	last, err = f.Audit.Last(t.Context(), 1000)
	require.NoError(t, err)
	require.Len(t, last, 200)
	require.NoError(t, f.store.Put(t.Context(), "security/audit", []byte("damaged")))
	require.Error(t, f.Audit.Add(t.Context(), approval.Entry{}))
	_, err = f.Audit.Last(t.Context(), 1)
	require.Error(t, err)
}
