// Package golden compares what the plugins say with files, in tests.
package golden

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/go-errbot/errbot/backend/markdown"
	"github.com/stretchr/testify/require"
)

// Equal demands that body is what testdata/NAME.md holds, and that testdata/NAME.text holds
// what it looks like on a network without markup. With UPDATE_GOLDEN in the environment it
// writes the files.
func Equal(t testing.TB, name, body string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	equal(t, file+".md", body)
	equal(t, file+".text", markdown.New().Text(body))
}

func equal(t testing.TB, file, got string) {
	t.Helper()
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(got+"\n"), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got+"\n", file)
}
