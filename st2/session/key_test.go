package session_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-errbot/errbot/bot/secret"
	"github.com/go-errbot/errbot/st2/session"
	"github.com/stretchr/testify/require"
)

func TestParseKey(t *testing.T) {
	same := rawKey2
	for name, text := range map[string]secret.String{
		"hexadecimal":       "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
		"upper case":        "00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF",
		"base64":            "ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8=",
		"base64, no pad":    "ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8",
		"base64url":         "ABEiM0RVZneImaq7zN3u_wARIjNEVWZ3iJmqu8zd7v8=",
		"with its line end": "ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8=\r\n",
	} {
		key, err := session.ParseKey(text)
		require.NoError(t, err, name)
		require.Equal(t, same, key, name)
	}
	for _, text := range []secret.String{"", "  \n", "hunter2", "12345678901", "    12345678901     "} {
		_, err := session.ParseKey(text)
		require.ErrorContains(t, err, "the key is too short")
		if len(text) > 5 {
			require.NotContains(t, err.Error(), text.Reveal())
		}
	}
}

func TestKeySource(t *testing.T) {
	text := "ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8=\n"
	file := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	t.Setenv("ST2_TEST_KEY", text)
	for name, source := range map[string]session.KeySource{
		"file":                 {File: file},
		"environment variable": {Env: "ST2_TEST_KEY"},
		"command":              {Command: []string{"cat", file}},
	} {
		t.Run(name, func(t *testing.T) {
			key, err := source.Key(t.Context())
			require.NoError(t, err)
			require.Equal(t, rawKey2, key)
		})
	}
}

func TestKeySourceRefuses(t *testing.T) {
	dir := t.TempDir()
	long, short := filepath.Join(dir, "long"), filepath.Join(dir, "short")
	require.NoError(t, os.WriteFile(long, []byte(strings.Repeat("SECRET", 1000)), 0o600))
	require.NoError(t, os.WriteFile(short, []byte("SECRET"), 0o600))
	t.Setenv("ST2_TEST_KEY", "SECRET")
	for name, c := range map[string]struct {
		source session.KeySource
		want   string
	}{
		"nothing":        {session.KeySource{}, "expected one of"},
		"two":            {session.KeySource{File: short, Env: "ST2_TEST_KEY"}, "expected one of"},
		"two others":     {session.KeySource{Env: "ST2_TEST_KEY", Command: []string{"true"}}, "expected one of"},
		"all":            {session.KeySource{File: short, Env: "ST2_TEST_KEY", Command: []string{"true"}}, "expected one of"},
		"no file":        {session.KeySource{File: filepath.Join(dir, "none")}, "no such file"},
		"long file":      {session.KeySource{File: long}, "more than 4096 bytes"},
		"short file":     {session.KeySource{File: short}, "from " + short + ": the key is too short"},
		"no variable":    {session.KeySource{Env: "ST2_TEST_NONE"}, "ST2_TEST_NONE is not set"},
		"short variable": {session.KeySource{Env: "ST2_TEST_KEY"}, "from $ST2_TEST_KEY: the key is too short"},
		"no command":     {session.KeySource{Command: []string{"no-such-program"}}, "run no-such-program"},
		"command fails":  {session.KeySource{Command: []string{"sh", "-c", "echo SECRET; echo SECRET >&2; exit 3"}}, "exit status 3"},
		"endless output": {session.KeySource{Command: []string{"sh", "-c", "while :; do echo SECRET; done"}}, "more than 4096 bytes"},
		"short output":   {session.KeySource{Command: []string{"echo", "SECRET"}}, "from the output of echo: the key is too short"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.source.Key(t.Context())
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), "SECRET")
		})
	}
}

func TestKeyCommandEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := session.KeySource{Command: []string{"sleep", "60"}}.Key(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}
