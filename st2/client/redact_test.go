package client_test

import (
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/bot/secret"
	"github.com/go-errbot/errbot/st2/client"
)

// However an answer repeats the request, no error has the credential.
func TestEchoedCredential(t *testing.T) {
	t.Parallel()
	const quoted = secret.String(`pass"word<1>`)
	for name, cred := range map[string]client.Credential{
		"token": token, "key": key, "password": client.Password{User: "errbot", Password: quoted},
	} {
		for _, status := range []int{http.StatusOK, http.StatusBadRequest, http.StatusUnauthorized, http.StatusBadGateway} {
			for _, asJSON := range []bool{true, false} {
				c := serve(t, cred, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					_, password, _ := r.BasicAuth()
					echo := "you sent " + r.Header.Get("X-Auth-Token") + r.Header.Get("St2-Api-Key") + r.Header.Get("Authorization") + password
					w.WriteHeader(status)
					if asJSON && status != http.StatusOK {
						_ = json.NewEncoder(w).Encode(map[string]string{"faultstring": echo})
						return
					}
					_, _ = io.WriteString(w, "<html>"+echo)
				}))
				_, err := c.Aliases(t.Context())
				require.Error(t, err, name)
				var api *client.APIError
				require.ErrorAs(t, err, &api)
				text := err.Error() + api.Detail() + api.FirstLine() + api.Fault
				require.Contains(t, text, "***")
				requireNoSecret(t, text)
				require.NotContains(t, text, "word<1>")
				require.NotContains(t, text, "Basic cGFz")
				require.NotContains(t, text, `pass`)
			}
		}
	}
}
