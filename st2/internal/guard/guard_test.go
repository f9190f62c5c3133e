package guard_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot/store"
	"github.com/go-errbot/errbot/st2/internal/guard"
)

func TestReadRule(t *testing.T) {
	t.Parallel()
	one := guard.Rule{Approvals: 1}
	for extra, want := range map[string]guard.Rule{
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
		got, err := guard.ReadRule(json.RawMessage(extra))
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
		_, err := guard.ReadRule(json.RawMessage(extra))
		require.Error(t, err, extra)
	}
}

func FuzzReadRule(f *testing.F) {
	f.Add(`{"security": {"approval": {"users": ["@bob"], "min": 1}, "twofactor": true}}`)
	f.Fuzz(func(t *testing.T, extra string) {
		rule, err := guard.ReadRule(json.RawMessage(extra))
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
	require.True(t, guard.Rule{}.MayApprove(person("bob")))
	rule := guard.Rule{Users: []string{"@bob", "bob@example.com/x"}}
	require.True(t, rule.MayApprove(person("bob")))
	require.True(t, rule.MayApprove(backend.Person{ID: "1", ACL: "bob@example.com", Address: "bob@example.com/x"}))
	require.False(t, rule.MayApprove(person("carol")))
	require.False(t, rule.MayApprove(backend.Person{Nick: "@bob"}))
}

// However many approve and confirm, a command ends its waiting once.
func TestWaiting(t *testing.T) {
	t.Parallel()
	var w guard.Waiting
	c, err := w.Add(guard.Rule{Twofactor: true, Approvals: 2}, person("alice"), "deploy")
	require.NoError(t, err)
	require.Same(t, c, w.Get(c.ID))
	require.Same(t, c, w.BySecret(c.Secret))
	require.Nil(t, w.BySecret(""))
	missing, err := w.Approve(c, person("bob"))
	require.NoError(t, err)
	require.Equal(t, guard.Missing{Factor: true, Approvals: 1}, missing)
	_, err = w.Approve(c, backend.Person{ID: "elsewhere", ACL: "@bob"})
	require.ErrorIs(t, err, guard.ErrTwice)
	missing, err = w.Confirm(c)
	require.NoError(t, err)
	require.Equal(t, guard.Missing{Approvals: 1}, missing)
	missing, err = w.Approve(c, person("carol"))
	require.NoError(t, err)
	require.True(t, missing.Nothing())
	<-c.Ended()
	_, err = w.Approve(c, person("dave"))
	require.ErrorIs(t, err, guard.ErrGone)
	_, err = w.Confirm(c)
	require.ErrorIs(t, err, guard.ErrGone)
	require.False(t, w.End(c))
	require.Nil(t, w.Get(c.ID))
}

func TestTooManyWait(t *testing.T) {
	t.Parallel()
	var w guard.Waiting
	for i := range 5 {
		_, err := w.Add(guard.Rule{Approvals: 1}, person("alice"), fmt.Sprint(i))
		require.NoError(t, err)
	}
	_, err := w.Add(guard.Rule{Approvals: 1}, person("alice"), "more")
	require.ErrorIs(t, err, guard.ErrTooMany)
	c, err := w.Add(guard.Rule{Approvals: 1}, person("bob"), "his")
	require.NoError(t, err)
	require.True(t, w.End(c))
	for i := range 200 {
		if _, err = w.Add(guard.Rule{Approvals: 1}, person(fmt.Sprint(i)), "x"); err != nil {
			break
		}
	}
	require.ErrorIs(t, err, guard.ErrTooMany)
}

func TestAudit(t *testing.T) {
	t.Parallel()
	s, err := store.NewMemory().Open("St2")
	require.NoError(t, err)
	audit := guard.Audit{Store: s}
	last, err := audit.Last(t.Context(), 5)
	require.NoError(t, err)
	require.Empty(t, last)
	for i := range guard.KeptEntries + 3 {
		require.NoError(t, audit.Add(t.Context(), guard.Entry{Event: guard.Requested, ID: fmt.Sprint(i)}))
	}
	last, err = audit.Last(t.Context(), 2)
	require.NoError(t, err)
	require.Equal(t, []string{"201", "202"}, []string{last[0].ID, last[1].ID})
	last, err = audit.Last(t.Context(), 10*guard.KeptEntries)
	require.NoError(t, err)
	require.Len(t, last, guard.KeptEntries)
	require.NoError(t, s.Put(t.Context(), "security/audit", []byte("damaged")))
	require.Error(t, audit.Add(t.Context(), guard.Entry{}))
}
