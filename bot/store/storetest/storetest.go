// Package storetest is the contract of package store as a test suite. Every storage
// passes it.
package storetest

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/go-errbot/errbot/bot/store"
	"github.com/stretchr/testify/require"
)

// Run tests a storage. open returns a new, empty one for each test; Run closes it.
func Run(t *testing.T, open func(t testing.TB) store.Storage) {
	for name, test := range map[string]func(*testing.T, store.Storage){
		"values":               testValues,
		"values are copies":    testCopies,
		"delete":               testDelete,
		"keys":                 testKeys,
		"namespaces":           testNamespaces,
		"update":               testUpdate,
		"update that fails":    testFailedUpdate,
		"updates are atomic":   testAtomicUpdates,
		"concurrent use":       testConcurrentUse,
		"bounds":               testBounds,
		"ended context":        testEndedContext,
		"use after close":      testClosed,
		"JSON":                 testJSON,
		"a panic in an update": testPanic,
	} {
		t.Run(name, func(t *testing.T) {
			storage := open(t)
			t.Cleanup(func() { require.NoError(t, storage.Close()) })
			test(t, storage)
		})
	}
}

func openStore(t *testing.T, storage store.Storage, namespace string) store.Store {
	t.Helper()
	s, err := storage.Open(namespace)
	require.NoError(t, err)
	return s
}

func testValues(t *testing.T, storage store.Storage) {
	s := openStore(t, storage, "plugin")
	_, err := s.Get(t.Context(), "key")
	require.ErrorIs(t, err, store.ErrNotFound)

	for _, value := range [][]byte{[]byte("first"), []byte("second, longer"), {}, {0, 255}, []byte("last")} {
		require.NoError(t, s.Put(t.Context(), "key", value))
		got, err := s.Get(t.Context(), "key")
		require.NoError(t, err)
		require.Equal(t, value, got)
	}
	require.NoError(t, s.Put(t.Context(), "key", nil))
	got, err := s.Get(t.Context(), "key")
	require.NoError(t, err, "a key with a nil value is there")
	require.Equal(t, []byte{}, got)

	_, err = s.Get(t.Context(), "ke")
	require.ErrorIs(t, err, store.ErrNotFound)
}

func testCopies(t *testing.T, storage store.Storage) {
	s := openStore(t, storage, "plugin")
	given := []byte("value")
	require.NoError(t, s.Put(t.Context(), "key", given))
	given[0] = 'X'

	got, err := s.Get(t.Context(), "key")
	require.NoError(t, err)
	require.Equal(t, "value", string(got))
	got[0] = 'Y'

	var kept []byte
	require.NoError(t, s.Update(t.Context(), "key", func(old []byte) ([]byte, error) {
		require.Equal(t, "value", string(old))
		old[0] = 'Z'
		kept = old
		return old, nil
	}))
	kept[0] = 'W'
	got, err = s.Get(t.Context(), "key")
	require.NoError(t, err)
	require.Equal(t, "Zalue", string(got))
}

func testDelete(t *testing.T, storage store.Storage) {
	s := openStore(t, storage, "plugin")
	require.NoError(t, s.Delete(t.Context(), "absent"))
	require.NoError(t, s.Put(t.Context(), "key", []byte("value")))
	require.NoError(t, s.Delete(t.Context(), "key"))
	_, err := s.Get(t.Context(), "key")
	require.ErrorIs(t, err, store.ErrNotFound)
	requireKeys(t, s, "")
}

func testKeys(t *testing.T, storage store.Storage) {
	s := openStore(t, storage, "plugin")
	requireKeys(t, s, "")
	for _, key := range []string{"b", "a/2", "a/10", "a", "ä", "a0", "\xff", "\xff\xff", " "} {
		require.NoError(t, s.Put(t.Context(), key, nil))
	}
	requireKeys(t, s, "", " ", "a", "a/10", "a/2", "a0", "b", "ä", "\xff", "\xff\xff")
	requireKeys(t, s, "a/", "a/10", "a/2")
	requireKeys(t, s, "a", "a", "a/10", "a/2", "a0")
	requireKeys(t, s, "\xff", "\xff", "\xff\xff")
	requireKeys(t, s, "c")
	requireKeys(t, s, strings.Repeat("c", store.MaxKey+1))
}

func requireKeys(t *testing.T, s store.Store, prefix string, want ...string) {
	t.Helper()
	got, err := s.Keys(t.Context(), prefix)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func testNamespaces(t *testing.T, storage store.Storage) {
	one, two := openStore(t, storage, "one"), openStore(t, storage, "two")
	require.NoError(t, one.Put(t.Context(), "key", []byte("1")))
	require.NoError(t, two.Put(t.Context(), "key", []byte("2")))
	require.NoError(t, two.Put(t.Context(), "other", nil))
	requireKeys(t, one, "", "key")

	again := openStore(t, storage, "one")
	got, err := again.Get(t.Context(), "key")
	require.NoError(t, err)
	require.Equal(t, "1", string(got))
	require.NoError(t, again.Delete(t.Context(), "key"))
	requireKeys(t, one, "")
	requireKeys(t, two, "", "key", "other")
}

func testUpdate(t *testing.T, storage store.Storage) {
	s := openStore(t, storage, "plugin")
	change := func(wantOld, new []byte) {
		t.Helper()
		require.NoError(t, s.Update(t.Context(), "key", func(old []byte) ([]byte, error) {
			require.Equal(t, wantOld, old)
			return new, nil
		}))
	}
	change(nil, nil)
	requireKeys(t, s, "")
	change(nil, []byte("1"))
	change([]byte("1"), []byte{})
	change([]byte{}, []byte("2"))
	change([]byte("2"), nil)
	requireKeys(t, s, "")
}

func testFailedUpdate(t *testing.T, storage store.Storage) {
	s := openStore(t, storage, "plugin")
	require.NoError(t, s.Put(t.Context(), "key", []byte("value")))
	refused := errors.New("refused")
	err := s.Update(t.Context(), "key", func(old []byte) ([]byte, error) {
		old[0] = 'X'
		return []byte("new"), refused
	})
	require.Equal(t, refused, err)
	err = s.Update(t.Context(), "key", func([]byte) ([]byte, error) { return make([]byte, store.MaxValue+1), nil })
	require.ErrorIs(t, err, store.ErrTooLarge)

	got, err := s.Get(t.Context(), "key")
	require.NoError(t, err)
	require.Equal(t, "value", string(got))
}

func testPanic(t *testing.T, storage store.Storage) {
	s := openStore(t, storage, "plugin")
	require.PanicsWithValue(t, "plugin's fault", func() {
		_ = s.Update(t.Context(), "key", func([]byte) ([]byte, error) { panic("plugin's fault") })
	})
	require.NoError(t, s.Put(t.Context(), "key", []byte("still usable")))
}

func testAtomicUpdates(t *testing.T, storage store.Storage) {
	s := openStore(t, storage, "plugin")
	const workers, rounds = 4, 10
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for range rounds {
				err := s.Update(t.Context(), "count", func(old []byte) ([]byte, error) {
					if old == nil {
						old = make([]byte, 8)
					}
					binary.BigEndian.PutUint64(old, binary.BigEndian.Uint64(old)+1)
					return old, nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	got, err := s.Get(t.Context(), "count")
	require.NoError(t, err)
	require.Equal(t, uint64(workers*rounds), binary.BigEndian.Uint64(got))
}

// Readers see whole values, whatever writers do.
func testConcurrentUse(t *testing.T, storage store.Storage) {
	s := openStore(t, storage, "plugin")
	values := [][]byte{bytes.Repeat([]byte("a"), 5000), bytes.Repeat([]byte("b"), 9000)}
	var group sync.WaitGroup
	for _, value := range values {
		group.Go(func() {
			for range 10 {
				if err := errors.Join(s.Put(t.Context(), "key", value), s.Delete(t.Context(), "other")); err != nil {
					t.Error(err)
				}
			}
		})
		group.Go(func() {
			for range 100 {
				got, err := s.Get(t.Context(), "key")
				if err == nil && !bytes.Equal(got, values[0]) && !bytes.Equal(got, values[1]) {
					t.Errorf("%d bytes of a mixed value", len(got))
				}
				if err != nil && !errors.Is(err, store.ErrNotFound) {
					t.Error(err)
				}
				if _, err := s.Keys(t.Context(), ""); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
}

func testBounds(t *testing.T, storage store.Storage) {
	s := openStore(t, storage, strings.Repeat("n", store.MaxKey))
	longest := strings.Repeat("k", store.MaxKey)
	largest := bytes.Repeat([]byte("v"), store.MaxValue)
	require.NoError(t, s.Put(t.Context(), longest, largest))
	got, err := s.Get(t.Context(), longest)
	require.NoError(t, err)
	require.True(t, bytes.Equal(largest, got))

	require.ErrorIs(t, s.Put(t.Context(), "key", append(largest, 'v')), store.ErrTooLarge)
	for _, key := range []string{"", longest + "k"} {
		requireAll(t, s, key, store.ErrBadKey)
		_, err := storage.Open(key)
		require.ErrorIs(t, err, store.ErrBadKey)
	}
	requireKeys(t, s, "", longest)
}

// requireAll requires that every method that takes a key returns an error.
func requireAll(t *testing.T, s store.Store, key string, want error) {
	t.Helper()
	_, err := s.Get(t.Context(), key)
	require.ErrorIs(t, err, want)
	require.ErrorIs(t, s.Put(t.Context(), key, nil), want)
	require.ErrorIs(t, s.Delete(t.Context(), key), want)
	require.ErrorIs(t, s.Update(t.Context(), key, func([]byte) ([]byte, error) {
		t.Error("change was called")
		return nil, nil
	}), want)
}

func testEndedContext(t *testing.T, storage store.Storage) {
	s := openStore(t, storage, "plugin")
	require.NoError(t, s.Put(t.Context(), "key", []byte("value")))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	_, err := s.Get(ctx, "key")
	require.ErrorIs(t, err, context.Canceled)
	_, err = s.Keys(ctx, "")
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, s.Put(ctx, "key", []byte("new")), context.Canceled)
	require.ErrorIs(t, s.Delete(ctx, "key"), context.Canceled)
	require.ErrorIs(t, s.Update(ctx, "key", func([]byte) ([]byte, error) { return nil, nil }), context.Canceled)

	got, err := s.Get(t.Context(), "key")
	require.NoError(t, err)
	require.Equal(t, "value", string(got))
}

func testClosed(t *testing.T, storage store.Storage) {
	s := openStore(t, storage, "plugin")
	require.NoError(t, storage.Close())
	requireAll(t, s, "key", store.ErrClosed)
	_, err := s.Keys(t.Context(), "")
	require.ErrorIs(t, err, store.ErrClosed)
	_, err = storage.Open("plugin")
	require.ErrorIs(t, err, store.ErrClosed)
	require.NoError(t, storage.Close(), "closing again")
}

func testJSON(t *testing.T, storage store.Storage) {
	type entry struct {
		Name  string
		Count int
	}
	s := openStore(t, storage, "plugin")
	_, err := store.Load[entry](t.Context(), s, "key")
	require.ErrorIs(t, err, store.ErrNotFound)

	saved := entry{Name: "a", Count: 2}
	require.NoError(t, store.Save(t.Context(), s, "key", saved))
	loaded, err := store.Load[entry](t.Context(), s, "key")
	require.NoError(t, err)
	require.Equal(t, saved, loaded)

	require.NoError(t, s.Put(t.Context(), "key", []byte(`{"Name":"a","Count":"x"}`)))
	loaded, err = store.Load[entry](t.Context(), s, "key")
	require.ErrorContains(t, err, `load "key"`)
	require.Zero(t, loaded)
	require.ErrorContains(t, store.Save(t.Context(), s, "key", func() {}), `save "key"`)
}
