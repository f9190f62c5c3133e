package st2_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOptions(t *testing.T) {
	t.Parallel()
	key := "stackstorm:" + addresses + "\n  api_auth: {apikey: key}\n  "
	require.NoError(t, configure(t, "bot.yaml", key+`mention_user: true
  attach_above: 0
  twofactor_action: a.b.c
  approval_ttl: 1h
  require_security_check: true`))
	for text, want := range map[string]string{
		"attach_above: -1":                        "stackstorm.attach_above: expected a number of bytes, or 0 for never",
		"approval_ttl: 0":                         "stackstorm.approval_ttl: expected from one second to one day",
		"approval_ttl: 25h":                       "stackstorm.approval_ttl: expected from one second to one day",
		"twofactor_action: pack":                  "stackstorm.twofactor_action: expected the reference of an action: pack.name",
		"twofactor_action: a.b\n  route_key: 2fa": `stackstorm.route_key: must not be "2fa", on which the second factor is announced`,
		"mention_user: 7":                         "stackstorm.mention_user",
		"approval_ttll: 7":                        "approval_ttl",
	} {
		require.ErrorContains(t, configure(t, "bot.yaml", key+text), want, text)
	}
}
