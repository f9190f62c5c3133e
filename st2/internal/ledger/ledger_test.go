package ledger_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/bot/store"
	"github.com/go-errbot/errbot/st2/internal/ledger"
)

func open(t testing.TB, s store.Store) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(t.Context(), s)
	require.NoError(t, err)
	return l
}

func newStore(t testing.TB) store.Store {
	t.Helper()
	s, err := store.NewMemory().Open("st2")
	require.NoError(t, err)
	return s
}

// Whoever brings an announcement first, it is delivered once, also after a restart.
func TestOnce(t *testing.T) {
	t.Parallel()
	const key, id = ledger.Key("key"), "execution"
	type way = func(l *ledger.Ledger) (*ledger.Entry, ledger.Verdict)
	event := func(l *ledger.Ledger) (*ledger.Entry, ledger.Verdict) { return l.Event(key) }
	message := func(l *ledger.Ledger) (*ledger.Entry, ledger.Verdict) { return l.Message(key) }
	listed := func(l *ledger.Ledger) (*ledger.Entry, ledger.Verdict) { return l.Listed(key, id, time.Now()) }
	for name, c := range map[string]struct {
		first, second way
		want          ledger.Verdict
	}{
		"event, list":    {event, listed, ledger.Claimed},
		"list, event":    {listed, event, ledger.Known},
		"message, event": {message, event, ledger.Known},
		"event, message": {event, message, ledger.Known},
		"message, list":  {message, listed, ledger.Claimed},
		"list, list":     {listed, listed, ledger.Known},
		"event, event":   {event, event, ledger.Doubt},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t)
			l := open(t, s)
			e, verdict := c.first(l)
			require.Equal(t, ledger.Post, verdict)
			require.NoError(t, l.Deliver(t.Context(), e))
			_, verdict = c.second(open(t, s))
			require.Equal(t, c.want, verdict, "after a restart")
			_, verdict = c.second(l)
			require.Equal(t, c.want, verdict)
		})
	}
}

// An old message with the same words that the list never explained does not swallow a new one.
func TestOldWords(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := open(t, newStore(t))
		e, _ := l.Event("key")
		require.NoError(t, l.Deliver(t.Context(), e))
		time.Sleep(11 * time.Minute)
		_, verdict := l.Listed("key", "new", time.Now())
		require.Equal(t, ledger.Post, verdict)
		_, verdict = l.Listed("key", "old", time.Now().Add(-30*time.Minute))
		require.Equal(t, ledger.Claimed, verdict, "it waited in StackStorm's queue")
	})
}

// What is corrected about whose result an entry is counts once, and outlasts a restart.
func TestAnswers(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	l := open(t, s)
	e, _ := l.Listed("key", "announcing", time.Now())
	l.SetAnswers(e, "guessed")
	l.SetAnswers(e, "actual")
	l.SetAnswers(e, "")
	require.False(t, l.Heard("guessed"))
	require.NoError(t, l.Deliver(t.Context(), e))
	for _, l := range []*ledger.Ledger{l, open(t, s)} {
		require.True(t, l.Heard("actual"))
		require.Equal(t, "actual", l.Answers(l.Find("announcing")))
		require.True(t, l.Done(l.Find("announcing")))
	}
}

// What cannot come again is forgotten, in memory and in the store.
func TestPrune(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t)
		l := open(t, s)
		for i := range 1000 {
			e, _ := l.Listed("key", fmt.Sprint(i), time.Now())
			require.NoError(t, l.Deliver(t.Context(), e))
		}
		time.Sleep(2 * time.Hour)
		require.NoError(t, l.Prune(t.Context(), time.Now().Add(-time.Hour), time.Now()))
		require.Nil(t, l.Find("1"))
		names, err := s.Keys(t.Context(), "")
		require.NoError(t, err)
		require.Len(t, names, 1)
	})
}

// A damaged record is left out: it neither stops the bot nor spoils the others.
func FuzzOpen(f *testing.F) {
	for _, seed := range []string{
		"", "\n", "null\n", `{"k":"a","i":"x","s":1,"a":2,"c":true}`, "{\"k\":1}\n{", `{"a":9e99}`, `{"a":1e18,"s":-9223372036854775808}`,
	} {
		f.Add("posted/000000000001", []byte(seed))
		f.Add("posted/zzz", []byte(seed))
	}
	f.Fuzz(func(t *testing.T, name string, damage []byte) {
		s := newStore(t)
		l := open(t, s)
		e, _ := l.Listed("good", "good", time.Now())
		require.NoError(t, l.Deliver(t.Context(), e))
		spoil := func(old []byte) ([]byte, error) { return append(old, damage...), nil }
		if s.Update(t.Context(), "posted/"+name, spoil) != nil || s.Update(t.Context(), "posted/000000000001", spoil) != nil {
			t.Skip()
		}
		l = open(t, s)
		require.NotNil(t, l.Find("good"))
		e, _ = l.Listed("new", "new", time.Now())
		require.NoError(t, l.Deliver(t.Context(), e))
		require.NoError(t, l.Prune(t.Context(), time.Now().Add(-time.Hour), time.Now()))
		again := open(t, s)
		require.NotNil(t, again.Find("good"))
		require.NotNil(t, again.Find("new"))
	})
}
