package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestXMPPIdentity(t *testing.T) {
	for name, c := range map[string]struct{ identity, more, server, fault string }{
		"our form":      {identity: "username: bot@example.com\n  password: x\n  server: chat.example.com:5222", server: "chat.example.com:5222"},
		"Errbot's form": {identity: "username: bot@example.com/home\n  password: x\n  server: [chat.example.com, 5223]", server: "chat.example.com:5223"},
		"Errbot's keys": {identity: "username: bot@example.com\n  password: x", more: "xmpp_feature_mechanisms: {use_mech: PLAIN, unencrypted_plain: true, encrypted_plain: true}\nxmpp_use_ipv6: false\nxmpp_keepalive_interval: 300\nxmpp_xhtml_im: true\nxmpp_ssl_version: 2\n"},
		"no address":    {identity: "username: bot\n  password: x", fault: `"bot" is no address`},
		"no password":   {identity: "username: bot@example.com", fault: "the password is missing"},
		"no port":       {identity: "server: [a, b]", fault: `"b" is no port`},
		"no mechanism":  {identity: "username: bot@example.com\n  password: x", more: "xmpp_feature_mechanisms: {use_mech: MAGIC}\n", fault: `unknown SASL mechanism "MAGIC"`},
		"no encryption": {identity: "username: bot@example.com\n  password: x\n  encryption: much", fault: `unknown encryption "much"`},
		"no authority":  {identity: "username: bot@example.com\n  password: x\n  ca_cert: none.pem", fault: "none.pem: no such file"},
		"misspelt":      {identity: "usrname: a", fault: `did you mean "username"`},
		"Errbot's CA":   {identity: "username: bot@example.com\n  password: x", more: "xmpp_ca_cert_file: none.pem\n", fault: "none.pem: no such file"},
		"every own key": {identity: "username: bot@example.com\n  password: x\n  verify_cert: false\n  room_services: [a]\n  accept_invites: true\n  history: 0\n  rejoin_delay: 0\n  catch_up: 60"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "c.yaml")
			text := []byte(c.more + "bot_identity:\n  " + c.identity + "\n")
			require.NoError(t, os.WriteFile(path, text, 0o600))
			cfg, _, err := readConfig(path)
			require.NoError(t, err)
			b, _, err := newXMPP(cfg, slog.New(slog.DiscardHandler), streams{})
			if c.fault != "" {
				require.ErrorContains(t, err, c.fault)
				return
			}
			require.NoError(t, err)
			require.Equal(t, "xmpp", b.Name())
			var id xmppIdentity
			require.NoError(t, cfg.Identity.Decode(&id))
			require.Equal(t, c.server, string(id.Server))
		})
	}
}
