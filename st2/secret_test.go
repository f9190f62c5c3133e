package st2_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test"
)

// No credential is in the log, at any level, or in the chat, whatever happens.
func TestNoSecretIsShown(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	token, key := srv.Token("errbot", 0), srv.AddAPIKey("errbot")
	for name, auth := range map[string]string{
		"password":       passwordAuth,
		"wrong password": "api_auth: {user: {name: errbot, password: not-the-secret}}",
		"token":          "api_auth: {token: " + token + "}",
		"expired token":  "api_auth: {token: " + srv.Token("errbot", -1) + "}",
		"api key":        "api_auth: {apikey: " + key + "}",
		"wrong api key":  "api_auth: {apikey: not-the-secret}",
	} {
		t.Run(name, func(t *testing.T) {
			chat := newImpatientChat(t, srv, auth)
			said := strings.Builder{}
			alice := chat.As("@alice")
			for _, command := range []string{"greet you", "nope", "greet x nope=1", ""} {
				said.WriteString(alice.Say("!st2 " + command).Next().Body)
			}
			said.WriteString(alice.Say("!st2help").Next().Body)
			said.WriteString(chat.Get("/readyz").Body.String())
			srv.SetFaults(st2test.Faults{Unauthorized: true})
			said.WriteString(alice.Say("!st2 greet you").Next().Body)
			srv.SetFaults(st2test.Faults{})
			require.NoError(t, chat.Stop())
			secrets := []string{password, token, key, "not-the-secret", "key_hash", "Basic "}
			for _, s := range secrets {
				require.NotContains(t, chat.Log(), s)
				require.NotContains(t, said.String(), s)
			}
			require.Contains(t, chat.Log(), "level=DEBUG")
		})
	}
}
