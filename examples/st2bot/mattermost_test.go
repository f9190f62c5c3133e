package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/bot/conf"
)

func TestMattermostIdentity(t *testing.T) {
	for name, c := range map[string]struct{ identity, address, fault string }{
		"our form":          {identity: "server: https://chat.example.com/sub\n  token: t", address: "https://chat.example.com/sub"},
		"Errbot's form":     {identity: "server: chat.example.com\n  login: a\n  password: b\n  port: 8065\n  scheme: http\n  insecure: true\n  cards_hook: x\n  timeout: 30", address: "http://chat.example.com:8065"},
		"Errbot's defaults": {identity: "server: chat.example.com\n  token: t", address: "https://chat.example.com"},
		"nothing":           {identity: "team: x", fault: `server: "" is no address`},
		"no authority":      {identity: "server: a\n  token: t\n  ca_cert: none.pem", fault: "none.pem: no such file"},
		"misspelt":          {identity: "sever: a", fault: `did you mean "server"`},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "c.yaml")
			text := []byte("bot_identity:\n  " + c.identity + "\n")
			require.NoError(t, os.WriteFile(path, text, 0o600))
			doc, err := conf.Parse(path, text, os.LookupEnv)
			require.NoError(t, err)
			cfg := &config{Identity: doc.Section("bot_identity")}
			b, _, err := newMattermost(cfg, slog.New(slog.DiscardHandler), streams{})
			if c.fault != "" {
				require.ErrorContains(t, err, c.fault)
				return
			}
			require.NoError(t, err)
			require.Equal(t, "mattermost", b.Name())
			var identity mattermostIdentity
			require.NoError(t, cfg.Identity.Decode(&identity))
			require.Equal(t, c.address, identity.address())
		})
	}
}
