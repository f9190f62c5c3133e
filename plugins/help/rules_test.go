package help_test

import (
	"testing"

	"github.com/go-errbot/errbot/bot"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// rules parses access rules.
func rules(t *testing.T, text string) bot.AccessControls {
	t.Helper()
	var controls bot.AccessControls
	require.NoError(t, yaml.Unmarshal([]byte(text), &controls))
	return controls
}
