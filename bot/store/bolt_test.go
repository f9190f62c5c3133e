package store_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-errbot/errbot/bot/store"
	"github.com/stretchr/testify/require"
)

func TestBoltKeepsItsDataBetweenRuns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bot.db")
	first := openBolt(t, path)
	s, err := first.Open("plugin")
	require.NoError(t, err)
	require.NoError(t, s.Put(t.Context(), "key", []byte("value")))
	require.NoError(t, first.Close())

	second := openBolt(t, path)
	defer second.Close()
	s, err = second.Open("plugin")
	require.NoError(t, err)
	got, err := s.Get(t.Context(), "key")
	require.NoError(t, err)
	require.Equal(t, "value", string(got))
}

func TestBoltIsForItsOwnerOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "data")
	bolt := openBolt(t, filepath.Join(dir, "bot.db"))
	defer bolt.Close()
	for path, want := range map[string]fs.FileMode{dir: fs.ModeDir | 0o700, filepath.Join(dir, "bot.db"): 0o600} {
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, want, info.Mode())
	}
}

func TestBoltSecondOpenerIsToldAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bot.db")
	bolt := openBolt(t, path)
	_, err := store.OpenBolt(path)
	require.ErrorIs(t, err, store.ErrInUse)
	require.EqualError(t, err, "open the store "+path+
		": the store is in use: a bot already runs on it; stop that one, or give this one a file of its own")

	s, err := bolt.Open("plugin")
	require.NoError(t, err)
	require.NoError(t, s.Put(t.Context(), "key", nil), "the first one goes on")
	require.NoError(t, bolt.Close())
	require.NoError(t, openBolt(t, path).Close(), "and lets go when it is closed")
}

func TestBoltCannotBeOpened(t *testing.T) {
	dir := t.TempDir()
	_, err := store.OpenBolt(dir)
	require.EqualError(t, err, "open the store "+dir+": open "+dir+": is a directory")
	require.NotErrorIs(t, err, store.ErrCorrupt)
}

// sound returns the bytes of a file with enough keys for several levels of pages.
func sound(t *testing.T) []byte {
	path := filepath.Join(t.TempDir(), "bot.db")
	bolt := openBolt(t, path)
	s, err := bolt.Open("plugin")
	require.NoError(t, err)
	for i := range 40 {
		require.NoError(t, s.Put(t.Context(), fmt.Sprintf("key%d", i), bytes.Repeat([]byte("v"), 1000)))
	}
	require.NoError(t, bolt.Close())
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return data
}

// zeroedPages returns good without the pages of one kind, which bolt writes as a flag
// in bytes 8 and 9 of a page.
func zeroedPages(good []byte, page int, kind uint16) []byte {
	damaged := bytes.Clone(good)
	for at := 0; at < len(good); at += page {
		if binary.NativeEndian.Uint16(good[at+8:]) == kind {
			clear(damaged[at : at+page])
		}
	}
	return damaged
}

func TestBoltRefusesADamagedFileAndLeavesIt(t *testing.T) {
	good := sound(t)
	page := os.Getpagesize()
	zeroed := func(from, to int) []byte {
		return append(append(bytes.Clone(good[:from]), make([]byte, to-from)...), good[to:]...)
	}
	for name, damaged := range map[string][]byte{
		"another format":       bytes.Repeat([]byte("not a store\n"), 10_000),
		"a few bytes":          []byte("hello"),
		"one page":             good[:page],
		"only the head":        good[:2*page],
		"cut off":              good[:len(good)/2],
		"the end is missing":   good[:5*page],
		"both heads gone":      zeroed(0, 2*page),
		"everything after":     zeroed(2*page, len(good)),
		"pages of keys":        zeroedPages(good, page, 0x02),
		"noise after the head": append(bytes.Clone(good[:2*page]), bytes.Repeat([]byte{0xfe}, len(good)-2*page)...),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "bot.db")
			require.NoError(t, os.WriteFile(path, damaged, 0o600))
			for range 2 { // a failed attempt does not keep the file's lock
				_, err := store.OpenBolt(path)
				require.ErrorIs(t, err, store.ErrCorrupt)
				require.ErrorContains(t, err, path)
				require.ErrorContains(t, err, "nothing was changed: put a backup in its place")
			}
			after, err := os.ReadFile(path)
			require.NoError(t, err)
			require.True(t, bytes.Equal(damaged, after))
		})
	}
}

func TestBoltRefusesADamagedListOfFreePages(t *testing.T) {
	damaged := zeroedPages(sound(t), os.Getpagesize(), 0x10)
	path := filepath.Join(t.TempDir(), "bot.db")
	require.NoError(t, os.WriteFile(path, damaged, 0o600))
	_, err := store.OpenBolt(path)
	require.ErrorIs(t, err, store.ErrCorrupt)
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.True(t, bytes.Equal(damaged, after))
}

func TestBoltOpensAnEmptyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bot.db")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	require.NoError(t, openBolt(t, path).Close())
}
