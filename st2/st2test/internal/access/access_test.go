package access_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test/internal/access"
	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

func TestParseBasic(t *testing.T) {
	good := base64.StdEncoding.EncodeToString([]byte("bob:b:p:w"))
	name, password, err := access.ParseBasic("bAsIc " + good)
	require.NoError(t, err)
	require.Equal(t, []string{"bob", "b:p:w"}, []string{name, password})
	for header, want := range map[string]int{"": 401, "Basic": 400, "Basic a b": 400, "Bearer " + good: 401, "Basic !": 401, "Basic Ym9i": 401} {
		_, _, err := access.ParseBasic(header)
		require.Equal(t, want, fault.Of(err).Status, header)
	}
}

// The first credential that is there counts, good or bad.
func TestPrecedence(t *testing.T) {
	accounts := access.New()
	accounts.AddUser("alice", "a")
	accounts.AddUser("bob", "b")
	token, key := accounts.Issue("alice", time.Hour).Value, accounts.AddKey("bob", pyjson.Of()).Clear
	for _, c := range []struct {
		edit func(r *http.Request)
		want string // the user, or the fault
	}{
		{func(*http.Request) {}, "Unauthorized - One of Token or API key required."},
		{func(r *http.Request) { r.Header.Set("X-Auth-Token", token); r.Header.Set("St2-Api-Key", key) }, "alice"},
		{func(r *http.Request) { r.Header.Set("X-Auth-Token", "bad"); r.Header.Set("St2-Api-Key", key) }, "Unauthorized"},
		{func(r *http.Request) { r.Header.Set("St2-Api-Key", key); r.URL.RawQuery = "x-auth-token=" + token }, "bob"},
		{func(r *http.Request) { r.URL.RawQuery = "st2-api-key=" + key }, "bob"},
		{func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "auth-token", Value: token}) }, "alice"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/user", nil)
		c.edit(r)
		who, err := accounts.Identify(r)
		if err != nil {
			require.EqualError(t, err, c.want)
			continue
		}
		require.Equal(t, c.want, who.User)
	}
}

func TestImpersonated(t *testing.T) {
	accounts := access.New()
	accounts.AddUser("alice", "a")
	accounts.AddService("svc", "s")
	accounts.AddNickname("alice", "slack", "@ali")
	for _, c := range []struct {
		asker string
		body  *pyjson.Object
		want  string
	}{
		{"alice", pyjson.Of(), "alice"},
		{"alice", pyjson.Of("user", "bob"), "Current user is not a service and cannot request impersonated tokens"},
		{"svc", pyjson.Of("user", "ghost", "impersonate_user", "@ali"), "ghost"},
		{"svc", pyjson.Of("impersonate_user", "@ali", "nickname_origin", "slack"), "alice"},
		{"svc", pyjson.Of("impersonate_user", "@zoe", "nickname_origin", "slack"), "Could not locate user @zoe@slack"},
		{"svc", pyjson.Of("impersonate_user", "@ali"), "Nickname origin is not provided for nickname '@ali'"},
		{"svc", pyjson.Of("user", ""), "User is not provided in the token."},
	} {
		got, err := accounts.Impersonated(c.asker, c.body)
		if err != nil {
			got = err.Error()
		}
		require.Equal(t, c.want, got)
	}
}

func FuzzParseBasic(f *testing.F) {
	f.Add("Basic Ym9iOmI=")
	f.Add("Basic")
	f.Fuzz(func(t *testing.T, header string) {
		name, password, err := access.ParseBasic(header)
		require.True(t, err == nil || name == "" && password == "")
	})
}
