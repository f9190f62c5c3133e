package session_test

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/go-errbot/errbot/bot/secret"
	"github.com/go-errbot/errbot/st2/session"
	"github.com/stretchr/testify/require"
)

// written returns the path of a closed file that holds a secret of alice's, and what
// is in it.
func written(t testing.TB, key session.Key) (path string, file []byte) {
	t.Helper()
	path = secretsPath(t)
	e, err := session.OpenEncrypted(path, key)
	require.NoError(t, err)
	require.NoError(t, e.Put(t.Context(), "alice", "TOKEN-SECRET"))
	require.NoError(t, e.Close())
	file, err = os.ReadFile(path)
	require.NoError(t, err)
	return path, file
}

func requireSecret(t testing.TB, path string, key session.Key) {
	t.Helper()
	e, err := session.OpenEncrypted(path, key)
	require.NoError(t, err)
	value, err := e.Get(t.Context(), "alice")
	require.NoError(t, err)
	require.EqualValues(t, "TOKEN-SECRET", value)
	require.NoError(t, e.Close())
}

// requireRefused asserts that a file cannot be opened, and stays as it is.
func requireRefused(t testing.TB, path string, key session.Key, want error) {
	t.Helper()
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	_, err = session.OpenEncrypted(path, key)
	require.ErrorIs(t, err, want)
	require.ErrorContains(t, err, path)
	require.ErrorContains(t, err, "nothing was changed")
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, before, after)
	require.NoFileExists(t, path+".tmp")
}

func TestEncryptedSurvivesARestart(t *testing.T) {
	path, file := written(t, rawKey)
	require.NotContains(t, string(file), "TOKEN-SECRET")
	require.NotContains(t, string(file), "alice", "names are encrypted too")
	requireSecret(t, path, rawKey)
	if runtime.GOOS != "windows" {
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
}

func TestEncryptedWithAPassphrase(t *testing.T) {
	path, _ := written(t, mustKey("correct horse battery staple"))
	requireSecret(t, path, mustKey(" correct horse battery staple\n"))
	requireRefused(t, path, mustKey("correct horse battery stable"), session.ErrWrongKey)
}

func TestEncryptedMakesItsFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "folder", "secrets")
	openEncrypted(t, path, rawKey)
	require.FileExists(t, path, "a file that cannot be written is told at the start")
}

func TestWrongKey(t *testing.T) {
	path, _ := written(t, rawKey)
	requireRefused(t, path, rawKey2, session.ErrWrongKey)
	requireSecret(t, path, rawKey)
	_, err := session.OpenEncrypted(path, session.Key{})
	require.ErrorContains(t, err, "the key is not set")
}

func TestDamagedFile(t *testing.T) {
	path, file := written(t, rawKey)
	for name, damaged := range map[string][]byte{
		"empty":       {},
		"other file":  []byte("-----BEGIN OPENSSH PRIVATE KEY----- and a good deal more of it"),
		"only header": file[:48],
		"cut off":     file[:len(file)-1],
		"longer":      append(file[:len(file):len(file)], 0),
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, os.WriteFile(path, damaged, 0o600))
			requireRefused(t, path, rawKey, session.ErrCorrupt)
			require.ErrorIs(t, session.Rotate(path, rawKey, rawKey2), session.ErrCorrupt)
		})
	}
	for i := range file {
		damaged := append([]byte(nil), file...)
		damaged[i] ^= 0x10
		require.NoError(t, os.WriteFile(path, damaged, 0o600))
		requireRefused(t, path, rawKey, session.ErrCorrupt)
	}
}

func TestFileOfANewerVersion(t *testing.T) {
	path, file := written(t, rawKey)
	file[11] = 2
	binary.BigEndian.PutUint32(file[44:], crc32.ChecksumIEEE(file[:44]))
	require.NoError(t, os.WriteFile(path, file, 0o600))
	_, err := session.OpenEncrypted(path, rawKey)
	require.ErrorContains(t, err, "written by a newer version of the bot; nothing was changed")
}

func TestHugeFile(t *testing.T) {
	path, _ := written(t, rawKey)
	require.NoError(t, os.Truncate(path, 1<<30))
	_, err := session.OpenEncrypted(path, rawKey)
	require.ErrorIs(t, err, session.ErrCorrupt)
	require.ErrorContains(t, err, "it is too large")
}

func TestNotARegularFile(t *testing.T) {
	_, err := session.OpenEncrypted(t.TempDir(), rawKey)
	require.ErrorContains(t, err, "expected a regular file")
	path, _ := written(t, rawKey)
	link := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(path, link))
	_, err = session.OpenEncrypted(link, rawKey)
	require.ErrorContains(t, err, "expected a regular file")
}

func TestSecondOpener(t *testing.T) {
	path := secretsPath(t)
	e := openEncrypted(t, path, rawKey)
	_, err := session.OpenEncrypted(path, rawKey)
	require.ErrorIs(t, err, session.ErrInUse)
	require.ErrorContains(t, err, "stop that one, or give this one a file of its own")
	require.ErrorIs(t, session.Rotate(path, rawKey, rawKey2), session.ErrInUse)
	require.NoError(t, e.Put(t.Context(), "alice", "TOKEN-SECRET"))
	require.NoError(t, e.Close())
	requireSecret(t, path, rawKey)
}

func TestRotate(t *testing.T) {
	for name, newKey := range map[string]session.Key{
		"key": rawKey2, "passphrase": mustKey("correct horse battery staple"), "the same key": rawKey,
	} {
		t.Run(name, func(t *testing.T) {
			path, before := written(t, rawKey)
			require.NoError(t, session.Rotate(path, rawKey, newKey))
			requireSecret(t, path, newKey)
			after, err := os.ReadFile(path)
			require.NoError(t, err)
			require.NotEqual(t, before[:48], after[:48], "a new salt")
			if newKey != rawKey {
				requireRefused(t, path, rawKey, session.ErrWrongKey)
			}
		})
	}
}

func TestRotateRefuses(t *testing.T) {
	path, file := written(t, rawKey)
	require.ErrorIs(t, session.Rotate(path, rawKey2, rawKey), session.ErrWrongKey)
	require.ErrorContains(t, session.Rotate(path, rawKey, session.Key{}), "the key is not set")
	now, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, file, now)

	missing := secretsPath(t)
	require.ErrorIs(t, session.Rotate(missing, rawKey, rawKey2), os.ErrNotExist)
	require.NoFileExists(t, missing)
}

func TestWriteThatFails(t *testing.T) {
	path := secretsPath(t)
	e := openEncrypted(t, path, rawKey)
	require.NoError(t, e.Put(t.Context(), "alice", "TOKEN-SECRET"))
	inTheWay := filepath.Join(path+".tmp", "folder")
	require.NoError(t, os.MkdirAll(inTheWay, 0o700))
	require.ErrorContains(t, e.Put(t.Context(), "alice", "OTHER-SECRET"), "write the secrets")
	require.Error(t, e.Delete(t.Context(), "alice"))
	value, err := e.Get(t.Context(), "alice")
	require.NoError(t, err)
	require.EqualValues(t, "TOKEN-SECRET", value)

	require.NoError(t, os.RemoveAll(path+".tmp"))
	require.NoError(t, e.Put(t.Context(), "bob", "x"), "it recovers")
	require.NoError(t, e.Close())
	requireSecret(t, path, rawKey)
}

// The same content never makes the same file, or GCM would be worth nothing.
func TestNoncesDiffer(t *testing.T) {
	path := secretsPath(t)
	e := openEncrypted(t, path, rawKey)
	seen := map[string]bool{}
	for range 20 {
		require.NoError(t, e.Put(t.Context(), "alice", "TOKEN-SECRET"))
		file, err := os.ReadFile(path)
		require.NoError(t, err)
		nonce := string(file[48:60])
		require.False(t, seen[nonce])
		seen[nonce] = true
	}
}

func TestSessionsSurviveARestart(t *testing.T) {
	path := secretsPath(t)
	open := func() (*session.Manager, *session.Encrypted) {
		e := openEncrypted(t, path, rawKey)
		return newManager(t, func(o *session.Options) { o.Secrets = e }), e
	}
	m, e := open()
	before := logIn(t, m, alice, keyOfA)
	link := start(t, m, bob)
	require.NoError(t, e.Close())

	m, _ = open()
	c, after, err := m.Lookup(t.Context(), alice.Key)
	require.NoError(t, err)
	require.Equal(t, keyOfA, c)
	require.Equal(t, before.ID, after.ID)
	require.True(t, before.Expires.Equal(after.Expires), "a restart gives no more time")
	require.Equal(t, session.LinkUnknown, m.Link(link.ID).State)
	_, err = m.Cancel(t.Context(), before.ID)
	require.NoError(t, err)
}

// goodFile is a file of this format's first version, with TOKEN-SECRET for alice. It
// must stay readable.
const goodFile = "testdata/secrets-v1"

func TestFilesStayReadable(t *testing.T) {
	file, err := os.ReadFile(goodFile)
	require.NoError(t, err)
	path := secretsPath(t)
	require.NoError(t, os.WriteFile(path, file, 0o600))
	requireSecret(t, path, rawKey)
}

// FuzzOpen damages a good file in any way: it opens as it was, or not at all.
func FuzzOpen(f *testing.F) {
	good, err := os.ReadFile(goodFile)
	require.NoError(f, err)
	f.Add(good)
	f.Add(good[:50])
	f.Add([]byte("ST2-SECRETS\x01" + strings.Repeat("x", 100)))
	f.Fuzz(func(t *testing.T, file []byte) {
		path := secretsPath(t)
		require.NoError(t, os.WriteFile(path, file, 0o600))
		e, err := session.OpenEncrypted(path, rawKey)
		if string(file) == string(good) {
			require.NoError(t, err)
			require.NoError(t, e.Close())
			return
		}
		require.Error(t, err)
		now, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(file), string(now))
	})
}

func FuzzParseKey(f *testing.F) {
	for _, text := range []string{"", "short", "correct horse battery staple", strings.Repeat("0f", 32), "4ERBWzXb0bRtcpxyGEjHLy2sNXYDOTE2kTdnGJXPbHk="} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		key, err := session.ParseKey(secret.String(text))
		if err == nil {
			require.NotEqual(t, session.Key{}, key)
			require.Equal(t, "key ***", fmt.Sprint(key))
		}
	})
}
