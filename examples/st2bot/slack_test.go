package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/bot/conf"
)

func TestSlackIdentity(t *testing.T) {
	for name, c := range map[string]struct{ identity, fault, log string }{
		"our form":      {identity: "token: xoxb-1\n  app_token: xapp-1\n  slash_commands: {/errbot: '!'}\n  timeout: 30\n  catch_up: 60"},
		"Errbot's form": {identity: "token: xoxb-1\n  app_token: xapp-1\n  signing_secret: s3cret", log: "signing_secret is not used"},
		"GovSlack":      {identity: "token: xoxb-1\n  app_token: xapp-1\n  api_url: https://slack-gov.com/api/"},
		"a user's":      {identity: "token: xoxp-1\n  app_token: xapp-1", fault: "token: give the bot user's token"},
		"no app token":  {identity: "token: xoxb-1", fault: "app_token: give an app-level token"},
		"misspelt":      {identity: "tokn: xoxb-1", fault: `did you mean "token"`},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "c.yaml")
			text := []byte("bot_identity:\n  " + c.identity + "\n")
			require.NoError(t, os.WriteFile(path, text, 0o600))
			doc, err := conf.Parse(path, text, os.LookupEnv)
			require.NoError(t, err)
			var log bytes.Buffer
			b, _, err := newSlack(&config{Identity: doc.Section("bot_identity")}, slog.New(slog.NewTextHandler(&log, nil)), streams{})
			if c.fault != "" {
				require.ErrorContains(t, err, c.fault)
				return
			}
			require.NoError(t, err)
			require.Equal(t, "slack", b.Name())
			require.Contains(t, log.String(), c.log)
			require.NotContains(t, log.String(), "s3cret")
		})
	}
}
