package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/bot/conf"
)

func TestMatrixIdentity(t *testing.T) {
	for name, c := range map[string]struct{ network, identity, fault string }{
		"token":        {"matrix", "server: https://matrix.example.org\n  token: t\n  invites: [example.org]", ""},
		"password":     {"matrix", "user: '@bot:example.org'\n  password: p\n  timeout: 20\n  catch_up: 10m", ""},
		"Gitter":       {"gitter", "server: https://matrix.example.org\n  token: t", ""},
		"Gitter's own": {"gitter", "token: t", "Gitter is a Matrix homeserver today"},
		"nothing":      {"matrix", "invites: []", "give a token"},
		"bad rule":     {"matrix", "server: https://a\n  token: t\n  invites: ['no body']", `invites: "no body" is no user`},
		"no authority": {"matrix", "server: https://a\n  token: t\n  ca_cert: none.pem", "none.pem: no such file"},
		"misspelt":     {"matrix", "sever: a", `did you mean "server"`},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "c.yaml")
			text := []byte("bot_identity:\n  " + c.identity + "\n")
			require.NoError(t, os.WriteFile(path, text, 0o600))
			doc, err := conf.Parse(path, text, os.LookupEnv)
			require.NoError(t, err)
			cfg := &config{Identity: doc.Section("bot_identity")}
			b, _, err := networks[c.network](cfg, slog.New(slog.DiscardHandler), streams{})
			if c.fault != "" {
				require.ErrorContains(t, err, c.fault)
				return
			}
			require.NoError(t, err)
			require.Equal(t, "matrix", b.Name())
		})
	}
}
