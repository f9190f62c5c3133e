package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/bot/conf"
)

func TestDiscordIdentity(t *testing.T) {
	for name, c := range map[string]struct{ identity, fault string }{
		"our form":      {identity: "token: t\n  guild: 1042\n  message_content: false\n  members: true\n  presences: true\n  catch_up: 60"},
		"Errbot's form": {identity: "token: t\n  initial_intents: default"},
		"no token":      {identity: "members: true", fault: "the token is missing"},
		"a name":        {identity: "token: t\n  guild: Operations", fault: "the server's ID"},
		"misspelt":      {identity: "tokn: t", fault: `did you mean "token"`},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "c.yaml")
			text := []byte("bot_identity:\n  " + c.identity + "\n")
			require.NoError(t, os.WriteFile(path, text, 0o600))
			doc, err := conf.Parse(path, text, os.LookupEnv)
			require.NoError(t, err)
			b, _, err := newDiscord(&config{Identity: doc.Section("bot_identity")}, slog.New(slog.DiscardHandler), streams{})
			if c.fault != "" {
				require.ErrorContains(t, err, c.fault)
				return
			}
			require.NoError(t, err)
			require.Equal(t, "discord", b.Name())
		})
	}
}
