package st2test_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test"
)

// newGuarded returns a StackStorm with RBAC, and a user for each of some roles.
func newGuarded(t *testing.T, options ...st2test.Option) *st2test.Server {
	t.Helper()
	srv := st2test.New(t, append(options, st2test.WithRBAC(
		st2test.Role{Name: "deployer", Grants: []st2test.PermissionGrant{
			{Resource: "action:demo:deploy", Permissions: []string{"action_execute", "action_view"}},
			{Permissions: []string{"action_alias_match", "execution_list", "stream_view"}},
		}},
		st2test.Role{Name: "approver", Grants: []st2test.PermissionGrant{{Permissions: []string{"inquiry_list", "inquiry_respond"}}}},
	))...)
	srv.AddAction(st2test.Action{Ref: "demo.deploy", Parameters: map[string]any{"key": map[string]any{"type": "string", "secret": true}}})
	srv.AddAlias(st2test.Alias{Pack: "demo", Name: "deploy", ActionRef: "demo.deploy", Formats: []st2test.Format{{Text: "deploy"}}})
	for _, role := range []string{"deployer", "approver", st2test.RoleObserver, st2test.RoleAdmin} {
		srv.AddUser(role, "p")
		srv.Grant(role, role)
	}
	srv.AddUser("nobody", "p")
	return srv
}

// TestWhoMayDoWhat asks for everything as everybody.
func TestWhoMayDoWhat(t *testing.T) {
	srv := newGuarded(t)
	_, own := askAs(t, srv, "deployer", http.MethodPost, "/api/v1/executions", `{"action":"demo.deploy"}`)
	_, other := ask(t, srv, http.MethodPost, "/api/v1/executions", `{"action":"core.noop"}`)
	settle(t, srv)
	addAsking(srv, st2test.Inquiry{})
	_, inquiry := asked(t, srv)
	all := []string{"st2admin", "admin", "observer", "deployer", "approver", "nobody"}
	chat := `{"command":"deploy","user":"u","source_channel":"c"}`
	for _, c := range []struct {
		method, path, body string
		may                []string
	}{
		{"GET", "/api/v1/user", "", all},
		{"GET", "/api/v1", "", all},
		{"POST", "/auth/v1/tokens/validate", `{"token":"x"}`, all},
		{"GET", "/api/v1/actionalias", "", all[:3]},
		{"GET", "/api/v1/actionalias/demo.deploy", "", all[:3]},
		{"POST", "/api/v1/actionalias/match", `{"command":"deploy"}`, []string{"st2admin", "admin", "deployer"}},
		{"POST", "/api/v1/aliasexecution/match_and_execute", chat, []string{"st2admin", "admin", "deployer"}},
		{"POST", "/api/v1/executions", `{"action":"demo.deploy"}`, []string{"st2admin", "admin", "deployer"}},
		{"POST", "/api/v1/executions", `{"action":"core.noop"}`, all[:2]},
		{"POST", "/api/v1/executions", `{"action":"demo.deploy","user":"bob"}`, all[:2]},
		{"GET", "/api/v1/executions", "", all[:4]},
		{"GET", "/api/v1/executions?limit=-1", "", all[:2]},
		{"GET", "/api/v1/executions?limit=101", "", all[:2]},
		{"GET", "/api/v1/executions/" + own["id"].(string), "", all[:4]},
		{"GET", "/api/v1/executions/" + other["id"].(string), "", all[:3]},
		{"GET", "/api/v1/executions/" + other["id"].(string) + "/output", "", all[:3]},
		{"GET", "/api/v1/executions/" + other["id"].(string) + "/result", "", all}, // nobody checks that there
		{"DELETE", "/api/v1/executions/" + own["id"].(string), "", []string{"st2admin", "admin", "deployer"}},
		{"POST", "/api/v1/executions/" + own["id"].(string) + "/re_run", "", []string{"st2admin", "admin", "deployer"}},
		{"GET", "/api/v1/inquiries", "", []string{"st2admin", "admin", "observer", "approver"}},
		{"GET", "/api/v1/inquiries/" + inquiry, "", []string{"st2admin", "admin", "observer", "approver"}},
		{"GET", "/api/v1/actions", "", all[:3]},
		{"GET", "/api/v1/actions/demo.deploy", "", all[:4]},
		{"GET", "/api/v1/rules", "", all[:3]},
		{"GET", "/api/v1/rules/chatops.notify", "", all[:3]},
		{"GET", "/api/v1/packs", "", all[:3]},
		{"GET", "/api/v1/packs/core", "", all[:3]},
		{"GET", "/api/v1/apikeys", "", all[:3]},
		{"POST", "/api/v1/apikeys", "{}", all[:2]},
		{"GET", "/stream/v1/executions/" + own["id"].(string) + "/output", "", all[:4]},
		{"GET", "/api/v1/actionalias/help", "", nil}, // 500 for everybody
	} {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			var may []string
			for _, user := range all {
				status, answer := askAs(t, srv, user, c.method, c.path, c.body)
				if status < 300 {
					may = append(may, user)
				} else {
					require.NotEmpty(t, answer["faultstring"])
				}
			}
			require.Equal(t, c.may, may)
		})
	}
	status, _ := respond(t, srv, "approver", inquiry, `{"continue":true}`)
	require.Equal(t, http.StatusOK, status)
}

func TestWhoAmIWithRBAC(t *testing.T) {
	srv := newGuarded(t)
	for user, want := range map[string]map[string]any{
		"st2admin": {"enabled": true, "roles": []any{"system_admin"}, "is_admin": true},
		"deployer": {"enabled": true, "roles": []any{"deployer"}, "is_admin": false},
		"nobody":   {"enabled": true, "roles": []any{}, "is_admin": false},
	} {
		_, me := askAs(t, srv, user, http.MethodGet, "/api/v1/user", nil)
		require.Equal(t, want, me["rbac"])
	}
}

// Secrets are for administrators, whoever asks for them.
func TestSecretsAreForAdministrators(t *testing.T) {
	srv := newGuarded(t)
	_, e := askAs(t, srv, "deployer", http.MethodPost, "/api/v1/executions", `{"action":"demo.deploy","parameters":{"key":"s3cret"}}`)
	for user, want := range map[string]string{"deployer": "********", "st2admin": "s3cret"} {
		_, shown := askAs(t, srv, user, http.MethodGet, "/api/v1/executions/"+e["id"].(string)+"?show_secrets=true", nil)
		require.Equal(t, map[string]any{"key": want}, shown["parameters"])
	}
}

// With isolation one sees one's own executions only: others miss in the list, but are counted.
func TestPermissionIsolation(t *testing.T) {
	srv := newGuarded(t, st2test.WithPermissionIsolation())
	var ids []string
	for _, user := range []string{"deployer", "st2admin"} {
		_, e := askAs(t, srv, user, http.MethodPost, "/api/v1/executions", `{"action":"demo.deploy"}`)
		ids = append(ids, e["id"].(string))
	}
	settle(t, srv)
	status, answer := askAs(t, srv, "deployer", http.MethodGet, "/api/v1/executions/"+ids[1], nil)
	require.Equal(t, http.StatusForbidden, status)
	require.Equal(t, fmt.Sprintf(`User "deployer" doesn't have access to resource "execution:%s" due to resource permission isolation.`, ids[1]), answer["faultstring"])
	for user, want := range map[string]int{"deployer": 1, "observer": 0, "st2admin": 2} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.APIURL()+"/executions?include_attributes=id", nil)
		require.NoError(t, err)
		r.Header.Set("X-Auth-Token", srv.Token(user, 0))
		answer, err := http.DefaultTransport.RoundTrip(r)
		require.NoError(t, err)
		rows := document(readAll(t, answer.Body)).([]any)
		answer.Body.Close()
		require.Len(t, rows, want, user)
		require.Equal(t, "2", answer.Header.Get("X-Total-Count"))
	}
}
