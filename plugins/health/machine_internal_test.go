package health

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLoad(t *testing.T) {
	tests := map[string]string{
		"0.42 1.00 12.31 2/345 6789\n": "Load 0.42, 1.00, 12.31",
		"0.42 1.00\n":                  "",
		"":                             "",
	}
	for content, want := range tests {
		file := filepath.Join(t.TempDir(), "loadavg")
		require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
		require.Equal(t, want, load(file))
	}
}

func TestLoadIsLeftOutWhereTheSystemDoesNotTell(t *testing.T) {
	require.Empty(t, load(filepath.Join(t.TempDir(), "none")))
}
