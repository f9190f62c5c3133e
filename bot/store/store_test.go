package store_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/go-errbot/errbot/bot/store"
	"github.com/go-errbot/errbot/bot/store/storetest"
	"github.com/stretchr/testify/require"
)

func TestMemory(t *testing.T) {
	storetest.Run(t, func(testing.TB) store.Storage { return store.NewMemory() })
}

func TestBolt(t *testing.T) {
	storetest.Run(t, func(t testing.TB) store.Storage { return openBolt(t, filepath.Join(t.TempDir(), "bot.db")) })
}

func openBolt(t testing.TB, path string) *store.Bolt {
	t.Helper()
	bolt, err := store.OpenBolt(path)
	require.NoError(t, err)
	return bolt
}

func Example() {
	ctx := context.Background()
	storage := store.NewMemory() // or OpenBolt("data/bot.db")
	defer storage.Close()
	reminders, err := storage.Open("reminders")
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := store.Save(ctx, reminders, "@alice", []string{"tea", "call bob"}); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(store.Load[[]string](ctx, reminders, "@alice"))
	_, err = store.Load[[]string](ctx, reminders, "@bob")
	fmt.Println(err)
	// Output:
	// [tea call bob] <nil>
	// get "@bob": not found
}

func ExampleOpenBolt() {
	_, err := store.OpenBolt("store.go/bot.db")
	fmt.Println(err)
	// Output: open the store: mkdir store.go: not a directory
}

func benchmark(b *testing.B, storage store.Storage) {
	b.Cleanup(func() { require.NoError(b, storage.Close()) })
	s, err := storage.Open("plugin")
	require.NoError(b, err)
	value := make([]byte, 512)
	for i := range 100 {
		require.NoError(b, s.Put(b.Context(), fmt.Sprintf("key%d", i), value))
	}
	b.Run("get", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Get(b.Context(), "key50"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("put", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := s.Put(b.Context(), "key50", value); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkMemory(b *testing.B) { benchmark(b, store.NewMemory()) }

func BenchmarkBolt(b *testing.B) { benchmark(b, openBolt(b, filepath.Join(b.TempDir(), "bot.db"))) }
