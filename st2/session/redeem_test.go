package session_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-errbot/errbot/bot/secret"
	"github.com/go-errbot/errbot/st2/session"
	"github.com/stretchr/testify/require"
)

func TestUnknownLink(t *testing.T) {
	m := newManager(t)
	start(t, m, alice)
	for _, id := range []string{"", "x", "00000000-0000-4000-8000-000000000000", "../../etc/passwd"} {
		require.Equal(t, session.Link{ID: id, State: session.LinkUnknown}, m.Link(id))
		_, err := m.Redeem(t.Context(), session.Attempt{Link: id, Word: word}, neverCalled(t))
		require.ErrorIs(t, err, session.ErrUnknown)
	}
}

func neverCalled(t *testing.T) func(context.Context) (session.Credential, error) {
	return func(context.Context) (session.Credential, error) {
		t.Error("the credentials were checked")
		return keyOfB, nil
	}
}

func TestWrongWord(t *testing.T) {
	m := newManager(t)
	link := start(t, m, alice)
	a := attempt(link)
	a.Word = wrongWord
	_, err := m.Redeem(t.Context(), a, neverCalled(t))
	require.ErrorIs(t, err, session.ErrWrongWord)
	a.Word = "  " + word + "\n"
	_, err = m.Redeem(t.Context(), a, good(keyOfA))
	require.NoError(t, err, "white space round a pasted word does not count")
}

// A link outlives this many failures of a kind, when five attempts are allowed.
func TestWhatCountsAsAnAttempt(t *testing.T) {
	down := fmt.Errorf("StackStorm is down: %w", session.ErrNotChecked)
	refused := errors.New("wrong password")
	for name, c := range map[string]struct {
		word   secret.String
		answer error
		counts bool
	}{
		"wrong word":           {wrongWord, nil, true},
		"refused credential":   {word, refused, true},
		"credential unchecked": {word, down, false},
		"no word":              {"", nil, true},
		"unusable credential":  {word, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			m := newManager(t)
			link := start(t, m, alice)
			a := session.Attempt{Link: link.ID, Word: c.word, From: desk}
			for range 4 {
				_, err := m.Redeem(t.Context(), a, bad(c.answer))
				require.Error(t, err)
				require.Equal(t, session.LinkWaiting, m.Link(link.ID).State)
			}
			_, err := m.Redeem(t.Context(), a, bad(c.answer))
			require.Error(t, err)
			if !c.counts {
				_, err = m.Redeem(t.Context(), attempt(link), good(keyOfA))
				require.NoError(t, err)
				return
			}
			require.Equal(t, session.LinkBlocked, m.Link(link.ID).State)
			var tooMany *session.TooManyAttemptsError
			_, err = m.Redeem(t.Context(), attempt(link), neverCalled(t))
			require.ErrorAs(t, err, &tooMany)
			require.Zero(t, tooMany.After, "waiting does not help")
			require.EqualError(t, err, "too many attempts with this login link")
			_, err = m.Redeem(t.Context(), attempt(start(t, m, alice)), good(keyOfA))
			require.NoError(t, err, "a new session does")
		})
	}
}

func TestCredentialsThatCannotBeKept(t *testing.T) {
	for want, c := range map[string]session.Credential{
		`a credential of kind "password" cannot be kept`: {Kind: "password", Secret: "hunter2", Account: "a"},
		"the credential is empty":                        {Kind: session.KindToken, Account: "a"},
		"it is not known whose the credential is":        {Kind: session.KindToken, Secret: "hunter2"},
		"the credential has expired":                     {Kind: session.KindToken, Secret: "hunter2", Account: "a", Expires: time.Unix(1, 0)},
	} {
		m := newManager(t)
		link := start(t, m, alice)
		_, err := m.Redeem(t.Context(), attempt(link), good(c))
		require.EqualError(t, err, "log in: "+want)
		require.Equal(t, session.LinkWaiting, m.Link(link.ID).State)
	}
}

func TestAddressLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newManager(t)
		fail := func(from netip.Addr) error {
			_, err := m.Redeem(t.Context(), session.Attempt{Link: "guess", Word: word, From: from}, neverCalled(t))
			return err
		}
		for range 20 {
			require.ErrorIs(t, fail(desk), session.ErrUnknown)
		}
		pass(5 * time.Minute)
		var tooMany *session.TooManyAttemptsError
		require.ErrorAs(t, fail(netip.AddrFrom16(desk.As16())), &tooMany, "the same address, mapped to IPv6")
		require.Equal(t, 10*time.Minute, tooMany.After)
		require.EqualError(t, tooMany, "too many attempts from this address: wait 10m0s")

		link := start(t, m, alice)
		_, err := m.Redeem(t.Context(), attempt(link), neverCalled(t))
		require.ErrorAs(t, err, &tooMany, "also with a good link")
		require.Equal(t, session.LinkWaiting, m.Link(link.ID).State)
		a := attempt(link)
		a.From = kiosk
		_, err = m.Redeem(t.Context(), a, good(keyOfA))
		require.NoError(t, err, "other addresses are not held up")

		pass(10 * time.Minute)
		require.ErrorIs(t, fail(desk), session.ErrUnknown, "a new window")
	})
}

func TestAddressesThatCountAsOne(t *testing.T) {
	for name, c := range map[string]struct {
		a, b netip.Addr
		one  bool
	}{
		"one IPv6 network":  {netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::ffff:2"), true},
		"two IPv6 networks": {netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8:0:1::1"), false},
		"zones":             {netip.MustParseAddr("fe80::1%eth0"), netip.MustParseAddr("fe80::2%eth1"), true},
		"neighbours":        {desk, kiosk, false},
		"not known":         {netip.Addr{}, netip.Addr{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			m := newManager(t, func(o *session.Options) { o.Limits.AddressAttempts = 1 })
			_, err := m.Redeem(t.Context(), session.Attempt{From: c.a}, neverCalled(t))
			require.ErrorIs(t, err, session.ErrUnknown)
			_, err = m.Redeem(t.Context(), session.Attempt{From: c.b}, neverCalled(t))
			var tooMany *session.TooManyAttemptsError
			require.Equal(t, c.one, errors.As(err, &tooMany))
		})
	}
}

// A company behind one address logs in one after the other.
func TestSuccessIsNotCounted(t *testing.T) {
	m := newManager(t, func(o *session.Options) { o.Limits.AddressAttempts = 1 })
	for i := range 5 {
		logIn(t, m, session.User{Key: fmt.Sprint(i)}, keyOfA)
	}
}

func TestTablesAreBounded(t *testing.T) {
	m := newManager(t, func(o *session.Options) { o.Limits = session.Limits{AddressAttempts: 1, Remembered: 2} })
	links := []session.Link{
		start(t, m, alice), start(t, m, bob), start(t, m, session.User{Key: "U3"}),
	}
	require.Equal(t, session.LinkUnknown, m.Link(links[0].ID).State, "the oldest")
	require.Equal(t, session.LinkWaiting, m.Link(links[1].ID).State)
	require.Equal(t, session.LinkWaiting, m.Link(links[2].ID).State)

	for _, address := range []string{"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.1"} {
		_, err := m.Redeem(t.Context(), session.Attempt{From: netip.MustParseAddr(address)}, neverCalled(t))
		require.ErrorIs(t, err, session.ErrUnknown, "nobody is shut out for long by others")
	}
}

func TestOneOfAHundredWins(t *testing.T) {
	for name, attempts := range map[string]int{"default limits": 0, "no limit in the way": 1000} {
		t.Run(name, func(t *testing.T) {
			m := newManager(t, func(o *session.Options) {
				o.Limits.LinkAttempts, o.Limits.AddressAttempts = attempts, attempts
			})
			link := start(t, m, alice)
			var checked, won atomic.Int32
			var winner atomic.Value
			errs := make([]error, 100)
			var all sync.WaitGroup
			for i := range errs {
				all.Go(func() {
					c := session.Credential{Kind: session.KindToken, Secret: "TOKEN", Account: fmt.Sprint(i)}
					_, errs[i] = m.Redeem(t.Context(), attempt(link), func(context.Context) (session.Credential, error) {
						checked.Add(1)
						return c, nil
					})
					if errs[i] == nil {
						won.Add(1)
						winner.Store(c)
					}
				})
			}
			all.Wait()
			require.EqualValues(t, 1, won.Load())
			require.EqualValues(t, 1, checked.Load())
			requireCredential(t, m, alice, winner.Load().(session.Credential))
			for _, err := range errs {
				var tooMany *session.TooManyAttemptsError
				require.True(t, err == nil || errors.Is(err, session.ErrUsed) || errors.Is(err, session.ErrBusy) ||
					(attempts == 0 && errors.As(err, &tooMany)), "%v", err)
			}
		})
	}
}

// Guesses in parallel get no more tries than one after the other.
func TestLimitHoldsInParallel(t *testing.T) {
	m := newManager(t, func(o *session.Options) { o.Limits.AddressAttempts = 1000 })
	link := start(t, m, alice)
	var looked atomic.Int32
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			a := attempt(link)
			a.Word = wrongWord
			if _, err := m.Redeem(t.Context(), a, neverCalled(t)); errors.Is(err, session.ErrWrongWord) {
				looked.Add(1)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 5, looked.Load())
	require.Equal(t, session.LinkBlocked, m.Link(link.ID).State)
}

// What may happen while StackStorm checks the credentials.
func TestMeanwhile(t *testing.T) {
	for name, c := range map[string]struct {
		meanwhile func(*testing.T, *session.Manager, session.Link)
		want      error
	}{
		"a second click": {func(t *testing.T, m *session.Manager, l session.Link) {
			for range 10 {
				_, err := m.Redeem(t.Context(), attempt(l), neverCalled(t))
				require.ErrorIs(t, err, session.ErrBusy)
			}
		}, nil},
		"a guess": {func(t *testing.T, m *session.Manager, l session.Link) {
			a := attempt(l)
			a.Word = wrongWord
			_, err := m.Redeem(t.Context(), a, neverCalled(t))
			require.ErrorIs(t, err, session.ErrWrongWord)
		}, nil},
		"guesses up to the limit": {func(t *testing.T, m *session.Manager, l session.Link) {
			a := attempt(l)
			a.Word = wrongWord
			for range 10 {
				_, err := m.Redeem(t.Context(), a, neverCalled(t))
				require.Error(t, err)
			}
		}, nil},
		"the link's time ends": {func(t *testing.T, m *session.Manager, l session.Link) {
			pass(time.Hour)
			require.Equal(t, session.LinkWaiting, m.Link(l.ID).State)
		}, nil},
		"it is ended": {func(t *testing.T, m *session.Manager, l session.Link) {
			ended, err := m.End(t.Context(), alice.Key)
			require.NoError(t, err)
			require.Equal(t, []session.Session{l.Session}, ended)
		}, session.ErrWithdrawn},
		"it is cancelled": {func(t *testing.T, m *session.Manager, l session.Link) {
			_, err := m.Cancel(t.Context(), l.Session.ID)
			require.NoError(t, err)
		}, session.ErrWithdrawn},
		"the user starts again": {func(t *testing.T, m *session.Manager, _ session.Link) {
			start(t, m, alice)
		}, session.ErrWithdrawn},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newManager(t)
				link := start(t, m, alice)
				_, err := m.Redeem(t.Context(), attempt(link), func(context.Context) (session.Credential, error) {
					c.meanwhile(t, m, link)
					return keyOfA, nil
				})
				require.ErrorIs(t, err, c.want)
				_, _, err = m.Lookup(t.Context(), alice.Key)
				require.Equal(t, c.want == nil, err == nil)
			})
		})
	}
}

func TestStoreThatFailsLeavesTheLink(t *testing.T) {
	disk := errors.New("disk full")
	store := &broken{SecretStore: session.NewCleartext(), put: disk}
	m := newManager(t, func(o *session.Options) { o.Secrets = store })
	link := start(t, m, alice)
	_, err := m.Redeem(t.Context(), attempt(link), good(keyOfA))
	require.ErrorIs(t, err, disk)
	require.Equal(t, session.LinkWaiting, m.Link(link.ID).State)

	store.put = nil
	_, err = m.Redeem(t.Context(), attempt(link), good(keyOfA))
	require.NoError(t, err)
}

func TestPanicFreesTheLink(t *testing.T) {
	m := newManager(t)
	link := start(t, m, alice)
	require.Panics(t, func() {
		_, _ = m.Redeem(t.Context(), attempt(link), func(context.Context) (session.Credential, error) { panic("bug") })
	})
	_, err := m.Redeem(t.Context(), attempt(link), good(keyOfA))
	require.NoError(t, err)
}

func FuzzRedeem(f *testing.F) {
	m := newManager(f, func(o *session.Options) { o.Limits.LinkAttempts, o.Limits.AddressAttempts = 1<<30, 1<<30 })
	for _, text := range []string{"", "open sesame", " open sesame\n", "open\xffsesame", "abc", "Сезам, откройся"} {
		f.Add("link", text)
	}
	f.Fuzz(func(t *testing.T, id, text string) {
		given := session.Attempt{Link: id, Word: secret.String(text)}
		_, err := m.Redeem(t.Context(), given, neverCalled(t))
		require.ErrorIs(t, err, session.ErrUnknown)

		link, err := m.Start(alice, given.Word)
		if err != nil {
			require.ErrorIs(t, err, session.ErrBadWord)
			return
		}
		given.Link, given.Word = link.ID, "x"+given.Word
		_, err = m.Redeem(t.Context(), given, neverCalled(t))
		require.ErrorIs(t, err, session.ErrWrongWord)
		given.Word = secret.String(text)
		_, err = m.Redeem(t.Context(), given, good(keyOfA))
		require.NoError(t, err)
	})
}
