package session_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/go-errbot/errbot/bot/secret"
	"github.com/go-errbot/errbot/st2/session"
	"github.com/stretchr/testify/require"
)

// eachStore runs a test on every kind of store.
func eachStore(t *testing.T, test func(t *testing.T, s session.SecretStore)) {
	t.Run("cleartext", func(t *testing.T) { test(t, session.NewCleartext()) })
	t.Run("encrypted", func(t *testing.T) { test(t, openEncrypted(t, secretsPath(t), rawKey)) })
}

func TestStoreContract(t *testing.T) {
	eachStore(t, func(t *testing.T, s session.SecretStore) {
		ctx := t.Context()
		_, err := s.Get(ctx, "alice")
		require.ErrorIs(t, err, session.ErrNotFound)
		require.NoError(t, s.Delete(ctx, "alice"))

		require.NoError(t, s.Put(ctx, "bob", "one"))
		require.NoError(t, s.Put(ctx, "alice", "two"))
		require.NoError(t, s.Put(ctx, "alice", "\x00\xff three"))
		require.NoError(t, s.Put(ctx, "\x00\"日本", ""))
		names, err := s.Keys(ctx)
		require.NoError(t, err)
		require.Equal(t, []string{"\x00\"日本", "alice", "bob"}, names)
		for name, want := range map[string]secret.String{"alice": "\x00\xff three", "bob": "one", "\x00\"日本": ""} {
			got, err := s.Get(ctx, name)
			require.NoError(t, err)
			require.Equal(t, want, got)
		}

		require.NoError(t, s.Delete(ctx, "bob"))
		_, err = s.Get(ctx, "bob")
		require.ErrorIs(t, err, session.ErrNotFound)
	})
}

func TestStoreBounds(t *testing.T) {
	eachStore(t, func(t *testing.T, s session.SecretStore) {
		for name, value := range map[string]secret.String{
			"": "x", strings.Repeat("n", 1025): "x", "\xff": "x", "long": secret.String(strings.Repeat("v", 8193)),
		} {
			require.Error(t, s.Put(t.Context(), name, value))
		}
		require.NoError(t, s.Put(t.Context(), strings.Repeat("n", 1024), secret.String(strings.Repeat("v", 8192))))
		names, err := s.Keys(t.Context())
		require.NoError(t, err)
		require.Len(t, names, 1)
	})
}

func TestStoreIsFull(t *testing.T) {
	s := session.NewCleartext()
	for i := range session.MaxSecrets {
		require.NoError(t, s.Put(t.Context(), fmt.Sprint(i), "x"))
	}
	require.ErrorIs(t, s.Put(t.Context(), "one more", "x"), session.ErrFull)
	require.NoError(t, s.Put(t.Context(), "0", "y"), "a known name")
}

func TestStoreEnds(t *testing.T) {
	eachStore(t, func(t *testing.T, s session.SecretStore) {
		calls := func(ctx context.Context) []error {
			_, get := s.Get(ctx, "alice")
			_, keys := s.Keys(ctx)
			return []error{get, keys, s.Put(ctx, "alice", "other"), s.Delete(ctx, "alice")}
		}
		require.NoError(t, s.Put(t.Context(), "alice", "one"))
		canceled, cancel := context.WithCancel(t.Context())
		cancel()
		for _, err := range calls(canceled) {
			require.ErrorIs(t, err, context.Canceled)
		}
		value, err := s.Get(t.Context(), "alice")
		require.NoError(t, err)
		require.EqualValues(t, "one", value, "nothing was done")

		require.NoError(t, s.Close())
		require.NoError(t, s.Close())
		for _, err := range calls(t.Context()) {
			require.ErrorIs(t, err, session.ErrClosed)
		}
	})
}

func TestStoreInParallel(t *testing.T) {
	eachStore(t, func(t *testing.T, s session.SecretStore) {
		errs := make([]error, 20)
		var all sync.WaitGroup
		for i := range errs {
			all.Go(func() {
				name := fmt.Sprint(i)
				if errs[i] = s.Put(t.Context(), name, secret.String(name)); errs[i] == nil {
					_, errs[i] = s.Get(t.Context(), name)
				}
			})
		}
		all.Wait()
		for _, err := range errs {
			require.NoError(t, err)
		}
		names, err := s.Keys(t.Context())
		require.NoError(t, err)
		require.Len(t, names, len(errs), "no change overwrote another")
	})
}
