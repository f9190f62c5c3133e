package slack_test

import (
	"os"
	"strings"
	"testing"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// The manifest that the README has people paste is one, and has every scope that it names.
func TestManifest(t *testing.T) {
	text, err := os.ReadFile("manifest.yaml")
	require.NoError(t, err)
	var m slack.Manifest
	require.NoError(t, yaml.Unmarshal(text, &m))
	require.True(t, m.Settings.SocketModeEnabled)
	require.True(t, m.Settings.Interactivity.IsEnabled)
	require.Contains(t, m.Settings.EventSubscriptions.BotEvents, "message.im")

	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	table := string(readme)
	table = table[strings.Index(table, "| scopes of the bot"):strings.Index(table, "## Configuration")]
	for _, scope := range m.OAuthConfig.Scopes.Bot {
		require.Contains(t, table, "`"+scope+"`")
	}
	for i, part := range strings.Split(table, "`") {
		if i%2 == 1 {
			require.Contains(t, m.OAuthConfig.Scopes.Bot, part)
		}
	}
}
