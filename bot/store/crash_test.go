package store_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/go-errbot/errbot/bot/store"
	"github.com/stretchr/testify/require"
)

// crashFile is the environment variable that makes this test binary the child that
// writes to the file it names until it is killed.
const crashFile = "ERRBOT_STORE_CRASH_FILE"

func TestMain(m *testing.M) {
	if path := os.Getenv(crashFile); path != "" {
		fmt.Fprintln(os.Stderr, writeUntilKilled(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeUntilKilled prints each key once it is stored.
func writeUntilKilled(path string) error {
	bolt, err := store.OpenBolt(path)
	if err != nil {
		return err
	}
	s, err := bolt.Open("plugin")
	for i := 0; err == nil; i++ {
		key := fmt.Sprintf("key%06d", i)
		if err = s.Put(context.Background(), key, []byte(key+" with its value")); err == nil {
			_, err = fmt.Println(key)
		}
	}
	return err
}

func TestBoltSurvivesAKilledProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bot.db")
	stored := 0
	for run := range 3 {
		keys := killWhileWriting(t, path, 20+10*run)
		bolt := openBolt(t, path)
		s, err := bolt.Open("plugin")
		require.NoError(t, err)
		for _, key := range keys {
			value, err := s.Get(t.Context(), key)
			require.NoError(t, err, "acknowledged, then lost")
			require.Equal(t, key+" with its value", string(value))
		}
		all, err := s.Keys(t.Context(), "key")
		require.NoError(t, err)
		require.GreaterOrEqual(t, len(all), stored, "of an earlier run, then lost")
		stored = len(all)
		require.NoError(t, bolt.Close())
	}
}

// killWhileWriting kills a writing child after some keys and returns all that it
// acknowledged.
func killWhileWriting(t *testing.T, path string, after int) []string {
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), crashFile+"="+path)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())

	var keys []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if keys = append(keys, lines.Text()); len(keys) == after {
			require.NoError(t, child.Process.Kill())
		}
	}
	require.Error(t, child.Wait(), "the child was not killed")
	require.GreaterOrEqual(t, len(keys), after)
	return keys
}

func TestBoltInUseByAnotherProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bot.db")
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), crashFile+"="+path)
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	require.True(t, bufio.NewScanner(out).Scan(), "the child writes")

	_, err = store.OpenBolt(path)
	require.ErrorIs(t, err, store.ErrInUse)
	require.ErrorContains(t, err, path)
	require.NoError(t, child.Process.Kill())
	require.Error(t, child.Wait())
	require.NoError(t, openBolt(t, path).Close(), "a killed process holds nothing")
}
