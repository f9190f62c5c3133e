package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/bot/conf"
)

func TestTelegramIdentity(t *testing.T) {
	for name, c := range map[string]struct{ identity, fault string }{
		"Errbot's form": {identity: `token: "103419016:abc-DEF_1"`},
		"our form":      {identity: "token: 1:a\n  server: http://127.0.0.1:8081\n  catch_up: 60"},
		"no token":      {identity: "catch_up: 60", fault: "the token must look like"},
		"no address":    {identity: "token: 1:a\n  server: example.com", fault: "is no address"},
		"misspelt":      {identity: "tokne: 1:a", fault: `did you mean "token"`},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "c.yaml")
			text := []byte("bot_identity:\n  " + c.identity + "\n")
			require.NoError(t, os.WriteFile(path, text, 0o600))
			doc, err := conf.Parse(path, text, os.LookupEnv)
			require.NoError(t, err)
			b, _, err := newTelegram(&config{Identity: doc.Section("bot_identity")}, slog.New(slog.DiscardHandler), streams{})
			if c.fault != "" {
				require.ErrorContains(t, err, c.fault)
				return
			}
			require.NoError(t, err)
			require.Equal(t, "telegram", b.Name())
		})
	}
}
