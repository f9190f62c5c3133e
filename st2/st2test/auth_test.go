package st2test_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test"
)

// tokenFor asks for a token and returns whose it is.
func tokenFor(t *testing.T, srv *st2test.Server, edit func(*http.Request)) (status int, user string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.AuthURL()+"/tokens", strings.NewReader("{}"))
	require.NoError(t, err)
	edit(r)
	answer, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	return answer.StatusCode, document(readAll(t, answer.Body)).(interface{ Text(string) string }).Text("user")
}

func basic(name, password string) func(*http.Request) {
	return func(r *http.Request) { r.SetBasicAuth(name, password) }
}

func forwarded(name string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("X-Forwarded-User", name) }
}

func TestAuthModes(t *testing.T) {
	srv := st2test.New(t)
	for _, c := range []struct {
		name     string
		mode     st2test.AuthMode
		edit     func(*http.Request)
		wantUser string // "" is a 401
	}{
		{"the password counts", st2test.AuthStandalone, basic("st2admin", "st2admin"), "st2admin"},
		{"a wrong one does not", st2test.AuthStandalone, basic("st2admin", "wrong"), ""},
		{"nobody is in front", st2test.AuthStandalone, forwarded("carol"), ""},
		{"whom the proxy names", st2test.AuthProxy, forwarded("carol"), "carol"},
		{"the proxy saw the password", st2test.AuthProxy, basic("anyone", "whatever"), "anyone"},
		{"the proxy named nobody", st2test.AuthProxy, func(*http.Request) {}, ""},
		{"tokens can still be had", st2test.AuthDisabled, basic("st2admin", "st2admin"), "st2admin"},
	} {
		t.Run(c.name, func(t *testing.T) {
			srv.SetAuth(c.mode)
			status, user := tokenFor(t, srv, c.edit)
			require.Equal(t, c.wantUser, user)
			require.Equal(t, map[bool]int{true: http.StatusCreated, false: http.StatusUnauthorized}[c.wantUser != ""], status)
		})
	}
}

// Without authentication everybody is the system user, and /user fails.
func TestAuthDisabled(t *testing.T) {
	srv := st2test.New(t, st2test.WithAuth(st2test.AuthDisabled), st2test.WithSystemUser("root"))
	status, _ := ask(t, srv, http.MethodGet, "/api/v1/user", nil)
	require.Equal(t, http.StatusInternalServerError, status)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.APIURL()+"/executions", strings.NewReader(`{"action":"core.noop"}`))
	require.NoError(t, err)
	answer, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	require.Equal(t, http.StatusCreated, answer.StatusCode)
	require.Contains(t, readAll(t, answer.Body), `"user":"root"`)
	require.Equal(t, "root", srv.Requests()[1].User)
}
