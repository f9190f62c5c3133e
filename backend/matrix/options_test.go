package matrix_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/matrix"
	"github.com/go-errbot/errbot/bot/secret"
)

func TestOptions(t *testing.T) {
	good := matrix.Options{Server: "https://matrix.example.org/", Token: "t", Invites: []string{"*", "example.org", "@a:example.org:8448"}}
	_, err := matrix.New(good)
	require.NoError(t, err)
	for want, change := range map[string]func(o *matrix.Options){
		"server":                   func(o *matrix.Options) { o.Server = "matrix.example.org" },
		"name or a password":       func(o *matrix.Options) { o.Server = "https://a:b@matrix.example.org" },
		"not both":                 func(o *matrix.Options) { o.Password = "p" },
		"a token, or user and pas": func(o *matrix.Options) { o.Token = "" },
		"no user ID":               func(o *matrix.Options) { o.User = "@bot" },
		"is no user (":             func(o *matrix.Options) { o.Invites = []string{"example org"} },
		"timeout":                  func(o *matrix.Options) { o.Timeout = -1 },
	} {
		bad := good
		change(&bad)
		_, err := matrix.New(bad)
		require.ErrorContains(t, err, want)
	}
}

func TestNothingCanBeDoneBeforeTheFirstConnection(t *testing.T) {
	b, err := matrix.New(matrix.Options{Server: "http://127.0.0.1:1", Token: "t"})
	require.NoError(t, err)
	var again *backend.RetryableError
	for _, address := range []string{"#ops", "@alice:example.org", "!x:example.org"} {
		_, err = b.Resolve(t.Context(), address)
		require.ErrorAs(t, err, &again)
	}
	_, err = b.Send(t.Context(), &backend.Message{Ref: backend.ToRoom(backend.Room{ID: "!1"})})
	require.ErrorAs(t, err, &again)
	require.Equal(t, backend.Limits{MessageSize: 20_000, Unit: backend.Bytes}, b.Limits())
}

// The errors that Run returns decide whether the host tries again.
func TestRunSaysWhetherToTryAgain(t *testing.T) {
	for answer, refused := range map[string]bool{
		`401 {"errcode":"M_UNKNOWN_TOKEN","error":"no"}`: true,
		`403 {"errcode":"M_FORBIDDEN","error":"no"}`:     true,
		`500 {"errcode":"M_UNKNOWN","error":"no"}`:       false,
		`301 `:       false,
		`200 <html>`: false,
	} {
		var calls int
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			calls++
			w.Header().Set("Location", "https://elsewhere.example.com")
			var status int
			_, _ = fmt.Sscan(answer, &status)
			w.WriteHeader(status)
			fmt.Fprint(w, answer[4:])
		}))
		b, err := matrix.New(matrix.Options{Server: server.URL, Token: "very-secret"})
		require.NoError(t, err)
		err = b.Run(t.Context(), nil)
		require.Error(t, err)
		if refused {
			require.ErrorIs(t, err, backend.ErrRefused)
		} else {
			require.NotErrorIs(t, err, backend.ErrRefused, answer)
		}
		require.NotContains(t, err.Error(), "very-secret")
		require.Equal(t, 1, calls, "one Run asks once")
		server.Close()
	}
}

// Without an address, the server in the user's ID tells where its homeserver is.
func TestDiscovery(t *testing.T) {
	var asked []string
	server := httptest.NewTLSServer(nil)
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path)
		if r.URL.Path == "/.well-known/matrix/client" {
			fmt.Fprintf(w, `{"m.homeserver":{"base_url":"%s/sub"}}`, server.URL)
			return
		}
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"errcode":"M_UNKNOWN_TOKEN","error":"no"}`)
	})
	defer server.Close()
	b, err := matrix.New(matrix.Options{
		User: "@bot:" + server.Listener.Addr().String(), Token: secret.String("t"),
		TLS: server.Client().Transport.(*http.Transport).TLSClientConfig,
	})
	require.NoError(t, err)
	require.ErrorIs(t, b.Run(t.Context(), nil), backend.ErrRefused)
	require.Equal(t, []string{"/.well-known/matrix/client", "/sub/_matrix/client/v3/account/whoami"}, asked)
}
