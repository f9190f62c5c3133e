package approval_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/st2/internal/approval"
)

func TestReadRule(t *testing.T) {
	t.Parallel()
	one := approval.Rule{Approvals: 1}
	for extra, want := range map[string]approval.Rule{
		``:                    {},
		`{}`:                  {},
		`{"slack": {}}`:       {},
		`{"security": null}`:  {},
		`{"security": false}`: {},
		`{"security": {}}`:    {},
		`{"security": {"twofactor": false, "approval": false}}`:                                    {},
		`{"security": {"twofactor": true}}`:                                                        {Twofactor: true},
		`{"security": {"twofactor": ""}}`:                                                          {Twofactor: true},
		`{"security": {"approval": true}}`:                                                         one,
		`{"security": {"approval": {}}}`:                                                           one,
		`{"security": {"approval": {"min": 2}}}`:                                                   {Approvals: 2},
		`{"security": {"approval": {"users": ["@bob", "@carol"], "min": 2}, "twofactor": "hint"}}`: {Twofactor: true, Approvals: 2, Users: []string{"@bob", "@carol"}},
	} {
		got, err := approval.ReadRule(json.RawMessage(extra))
		require.NoError(t, err, extra)
		require.Equal(t, want, got, extra)
		require.Equal(t, want.Twofactor || want.Approvals > 0, got.Asks())
	}
	// What is not understood is no permission.
	for _, extra := range []string{
		`[]`, `"text"`, `{"security": true}`, `{"security": []}`, `{"security": {"permission": true}}`, `{"security": {"approval": 1}}`,
		`{"security": {"approval": "true"}}`, `{"security": {"approval": {"min": 0}}}`, `{"security": {"approval": {"min": 11}}}`,
		`{"security": {"approval": {"users": []}}}`, `{"security": {"approval": {"users": ["@bob"], "min": 2}}}`,
		`{"security": {"approval": {"users": [" "]}}}`, `{"security": {"approval": {"user": ["@bob"]}}}`, `{"security": {"approval": {"users": "@bob"}}}`,
	} {
		_, err := approval.ReadRule(json.RawMessage(extra))
		require.Error(t, err, extra)
	}
}

func FuzzReadRule(f *testing.F) {
	f.Add(`{"security": {"approval": {"users": ["@bob"], "min": 1}, "twofactor": true}}`)
	f.Fuzz(func(t *testing.T, extra string) {
		rule, err := approval.ReadRule(json.RawMessage(extra))
		if err != nil {
			require.False(t, rule.Asks())
			return
		}
		require.LessOrEqual(t, rule.Approvals, 10)
		require.True(t, rule.Users == nil || len(rule.Users) >= rule.Approvals)
	})
}

func person(name string) backend.Person {
	return backend.Person{ID: name, ACL: "@" + name, Address: "@" + name}
}

func TestMayApprove(t *testing.T) {
	t.Parallel()
	require.True(t, approval.Rule{}.MayApprove(person("bob")))
	rule := approval.Rule{Users: []string{"@bob", "bob@example.com/x"}}
	require.True(t, rule.MayApprove(person("bob")))
	require.True(t, rule.MayApprove(backend.Person{ID: "1", ACL: "bob@example.com", Address: "bob@example.com/x"}))
	require.False(t, rule.MayApprove(person("carol")))
	require.False(t, rule.MayApprove(backend.Person{Nick: "@bob"}))
}
