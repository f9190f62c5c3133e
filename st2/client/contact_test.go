package client_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-errbot/errbot/st2/client"
	"github.com/stretchr/testify/require"
)

// A stranger's request carries no credential, and what answers it is told as it is.
func TestContact(t *testing.T) {
	t.Parallel()
	var asked []string
	c := serve(t, token, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.Path)
		require.Empty(t, r.Header.Get("X-Auth-Token"))
		require.Empty(t, r.Header.Get("Authorization"))
		w.Header().Set("Date", "Mon, 23 Nov 2026 12:00:00 GMT")
		switch r.URL.Path {
		case "/stream/v1/stream":
			_, _ = w.Write([]byte("retry: 1000\n\n"))
		case "/auth/v1/tokens/validate":
			http.Redirect(w, r, "https://st2.example.com/", http.StatusPermanentRedirect)
		default:
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"faultstring":"Unauthorized - One of Token or API key required."}`))
		}
	}))
	met, err := c.Contact(t.Context(), client.APIService)
	require.NoError(t, err)
	require.Equal(t, http.StatusUnauthorized, met.Refusal.Status)
	require.Equal(t, "Unauthorized - One of Token or API key required.", met.Refusal.Fault)
	require.Equal(t, time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), met.Time)
	require.Nil(t, met.Certificate)

	met, err = c.Contact(t.Context(), client.StreamService)
	require.NoError(t, err)
	require.Nil(t, met.Refusal)
	require.Equal(t, "retry: 1000\n\n", met.Begin)

	_, err = c.Contact(t.Context(), client.AuthService)
	var redirect *client.RedirectError
	require.ErrorAs(t, err, &redirect)
	require.Equal(t, "https://st2.example.com", redirect.To)
	require.Equal(t, []string{"GET /api/v1/user", "GET /stream/v1/stream", "POST /auth/v1/tokens/validate"}, asked)
}

func TestContactWithNobody(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	_, err := newClient(t, config(gone.URL, token)).Contact(t.Context(), client.APIService)
	require.ErrorIs(t, err, client.ErrUnavailable)
}

func TestContent(t *testing.T) {
	t.Parallel()
	c := serve(t, token, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := map[string]string{
			"/api/v1/packs/chatops":                `{"ref":"chatops","version":"3.8.1"}`,
			"/api/v1/actions/chatops.post_message": `{"ref":"chatops.post_message","runner_type":"announcement","parameters":{"route":{"default":"chatops"}}}`,
			"/api/v1/rules": `[
				{"ref":"chatops.notify","enabled":true,"trigger":{"type":"a.b","ref":"a.b"},
				 "criteria":{"trigger.route":{"type":"equals","pattern":"hubot"}},
				 "action":{"ref":"chatops.post_result","parameters":{"channel":"{{x}}"}}},
				{"ref":"other.rule","trigger":{"type":"c.d"}}]`,
		}[r.URL.Path]
		if body == "" {
			w.WriteHeader(http.StatusNotFound)
			body = `{"faultstring":"Resource not found"}`
		}
		if r.URL.Path == "/api/v1/rules" {
			require.Equal(t, "a.b", r.URL.Query().Get("trigger"))
		}
		_, _ = w.Write([]byte(body))
	}))
	pack, err := c.Pack(t.Context(), "chatops")
	require.NoError(t, err)
	require.Equal(t, client.Pack{Ref: "chatops", Version: "3.8.1"}, pack)
	_, err = c.Pack(t.Context(), "nope")
	require.ErrorIs(t, err, client.ErrNotFound)
	action, err := c.Action(t.Context(), "chatops.post_message")
	require.NoError(t, err)
	require.Equal(t, "announcement", action.Runner)
	rules, err := c.Rules(t.Context(), "a.b")
	require.NoError(t, err)
	require.Len(t, rules, 1, "what is on another trigger is left out")
	require.True(t, rules[0].Enabled)
	require.JSONEq(t, `"hubot"`, string(rules[0].Criteria["trigger.route"].Pattern))
	require.Equal(t, "chatops.post_result", rules[0].Action.Ref)
}
