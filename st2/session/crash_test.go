package session_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/go-errbot/errbot/bot/secret"
	"github.com/go-errbot/errbot/st2/session"
	"github.com/stretchr/testify/require"
)

// crashFile is the environment variable that makes this test binary the child that
// writes to the file it names until it is killed; crashRotate makes it change the
// file's key all the time instead.
const (
	crashFile   = "ERRBOT_SECRETS_CRASH_FILE"
	crashRotate = "ERRBOT_SECRETS_CRASH_ROTATE"
)

func writeUntilKilled(path string) error {
	if os.Getenv(crashRotate) != "" {
		return rotateUntilKilled(path)
	}
	e, err := session.OpenEncrypted(path, rawKey)
	for i := 0; err == nil; i++ {
		name := fmt.Sprintf("user%06d", i)
		if err = e.Put(context.Background(), name, secret.String(name+"'s token")); err == nil {
			_, err = fmt.Println(name)
		}
	}
	return err
}

func rotateUntilKilled(path string) error {
	from, to := rawKey, rawKey2
	for {
		if err := session.Rotate(path, from, to); err != nil {
			return err
		}
		fmt.Println("rotated")
		from, to = to, from
	}
}

// killAfter kills a child after it has printed some lines, and returns all that it did.
func killAfter(t *testing.T, count int, env ...string) []string {
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), env...)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	var printed []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if printed = append(printed, lines.Text()); len(printed) == count {
			require.NoError(t, child.Process.Kill())
		}
	}
	require.Error(t, child.Wait(), "the child was not killed")
	require.GreaterOrEqual(t, len(printed), count)
	return printed
}

func TestKilledWhileWriting(t *testing.T) {
	path := secretsPath(t)
	for run := range 3 {
		names := killAfter(t, 20+10*run, crashFile+"="+path)
		e, err := session.OpenEncrypted(path, rawKey)
		require.NoError(t, err, "a killed process holds nothing and damages nothing")
		for _, name := range names {
			value, err := e.Get(t.Context(), name)
			require.NoError(t, err, "acknowledged, then lost")
			require.EqualValues(t, name+"'s token", value)
		}
		require.NoError(t, e.Close())
	}
}

func TestKilledWhileRotating(t *testing.T) {
	for count := range 3 {
		path, _ := written(t, rawKey)
		killAfter(t, 10+count, crashFile+"="+path, crashRotate+"=1")
		key := rawKey
		if err := session.Rotate(path, rawKey, rawKey); errors.Is(err, session.ErrWrongKey) {
			key = rawKey2
		}
		requireSecret(t, path, key)
	}
}

func TestOpenInAnotherProcess(t *testing.T) {
	path := secretsPath(t)
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), crashFile+"="+path)
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	require.True(t, bufio.NewScanner(out).Scan(), "the child writes")
	_, err = session.OpenEncrypted(path, rawKey)
	require.ErrorIs(t, err, session.ErrInUse)
	require.NoError(t, child.Process.Kill())
	require.Error(t, child.Wait())
}
