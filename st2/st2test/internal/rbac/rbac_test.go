package rbac_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test/internal/rbac"
)

// newPolicy enforces a few roles, each of which one user has.
func newPolicy(isolated bool) *rbac.Policy {
	p := &rbac.Policy{}
	p.Enforce(isolated)
	for role, grants := range map[string][]rbac.Grant{
		"runner":  {{Resource: "action:core:local", Permissions: []string{"action_execute"}}},
		"owner":   {{Resource: "pack:core", Permissions: []string{"action_all", "action_alias_modify"}}},
		"reader":  {{Resource: "pack:core", Permissions: []string{"action_view"}}},
		"counter": {{Permissions: []string{"execution_list", "stream_view"}}},
		"asker":   {{Permissions: []string{"inquiry_view"}}},
	} {
		p.Define(role, grants)
		p.Assign(role, role)
	}
	for _, role := range []string{rbac.SystemAdmin, rbac.Admin, rbac.Observer} {
		p.Assign(role, role)
	}
	return p
}

func TestWhoMay(t *testing.T) {
	p := newPolicy(false)
	global := func(permission string) func(string) error {
		return func(user string) error { return p.Check(user, permission) }
	}
	onLocal := func(permission string) func(string) error {
		return func(user string) error { return p.CheckOn(user, permission, "action:core:local", "core") }
	}
	execution := func(permission string) func(string) error {
		return func(user string) error {
			return p.CheckExecution(user, permission, "1", "action:core:local", "core")
		}
	}
	inquiry := func(permission, workflow string) func(string) error {
		return func(user string) error { return p.CheckInquiry(user, permission, "1", workflow, "core") }
	}
	everyone := []string{"runner", "owner", "reader", "counter", "asker", "system_admin", "admin", "observer", "nobody"}
	for name, c := range map[string]struct {
		check func(user string) error
		may   []string
	}{
		"execute":                      {onLocal("action_execute"), []string{"runner", "owner", "system_admin", "admin"}},
		"view an action":               {onLocal("action_view"), []string{"runner", "owner", "reader", "system_admin", "admin", "observer"}},
		"view an execution":            {execution("execution_view"), []string{"owner", "reader", "system_admin", "admin", "observer"}},
		"stop an execution":            {execution("execution_stop"), []string{"runner", "owner", "system_admin", "admin"}},
		"list executions":              {global("execution_list"), []string{"counter", "system_admin", "admin", "observer"}},
		"match":                        {global("action_alias_match"), []string{"system_admin", "admin"}},
		"see the stream":               {global("stream_view"), []string{"counter", "system_admin", "admin", "observer"}},
		"answer a workflow's inquiry":  {inquiry("inquiry_respond", "action:core:flow"), []string{"owner", "asker", "system_admin", "admin"}},
		"answer an inquiry by itself":  {inquiry("inquiry_respond", ""), []string{"asker", "system_admin", "admin"}},
		"view an inquiry of another's": {inquiry("inquiry_view", "action:core:flow"), []string{"asker", "system_admin", "admin", "observer"}},
	} {
		t.Run(name, func(t *testing.T) {
			var may []string
			for _, user := range everyone {
				if c.check(user) == nil {
					may = append(may, user)
				}
			}
			require.Equal(t, c.may, may)
		})
	}
	require.NoError(t, p.CheckOn("owner", "action_alias_view", "action_alias:core:x", "core"), "to modify implies to view")
	require.EqualError(t, p.Check("bob", "stream_view"), `User "bob" doesn't have required permission "stream_view"`)
	require.EqualError(t, onLocal("action_execute")("bob"), `User "bob" doesn't have required permission "action_execute" on resource "action:core:local"`)
}

func TestWithoutRBAC(t *testing.T) {
	p := &rbac.Policy{}
	require.False(t, p.On())
	require.NoError(t, p.Check("bob", "stream_view"))
	require.True(t, p.IsAdmin("bob"))
	require.True(t, p.InRoles("bob", []string{"deployers"}), "everybody has every role")
	require.Empty(t, p.Roles("bob"))

	p.Deny("bob", "stream_view")
	require.True(t, p.On())
	require.Error(t, p.Check("bob", "stream_view"))
	require.NoError(t, p.Check("bob", "execution_list"), "nothing else is taken away")
	require.False(t, p.IsAdmin("bob"))
	require.True(t, p.IsAdmin("alice"))
	require.False(t, p.InRoles("alice", []string{"deployers"}))
	p.Assign("alice", "deployers")
	require.True(t, p.InRoles("alice", []string{"deployers"}))
	require.Equal(t, []string{"deployers"}, p.Roles("alice"))
}

func TestDeniedAdministrator(t *testing.T) {
	p := newPolicy(false)
	p.Deny("admin", "execution_list")
	require.Error(t, p.Check("admin", "execution_list"))
	require.True(t, p.IsAdmin("admin"))
}

func TestIsolation(t *testing.T) {
	p := newPolicy(true)
	require.NoError(t, p.Isolation("owner", "owner", "execution:1"))
	require.NoError(t, p.Isolation("admin", "owner", "execution:1"))
	require.EqualError(t, p.Isolation("observer", "owner", "execution:1"),
		`User "observer" doesn't have access to resource "execution:1" due to resource permission isolation.`)
	require.NoError(t, newPolicy(false).Isolation("observer", "owner", "execution:1"))
	require.Error(t, p.AdminOnly("owner", "Administrator access required"))
	require.NoError(t, p.AdminOnly("admin", "Administrator access required"))
}
