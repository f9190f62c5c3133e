package acl_test

import (
	"cmp"
	"os"
	"strings"
	"testing"

	"github.com/go-errbot/errbot/acl"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// vector is one entry of testdata/vectors.yaml.
type vector struct {
	Number, Plugin, Command, Regexp, Text, Args string
	User, Room                                  string
	NotOccupant                                 bool `yaml:"notOccupant"`
	Admins, Rules, Default                      string
	Errbot, Ours, Fault                         string
}

func (v vector) query() *acl.Query {
	q := &acl.Query{
		Plugin:    cmp.Or(v.Plugin, "DummyBackendRealName"),
		Command:   cmp.Or(v.Command, v.Regexp),
		Text:      cmp.Or(v.Text, strings.TrimSpace(v.Command+" "+v.Args)),
		Args:      v.Args,
		User:      cmp.Or(v.User, "noterr"),
		Room:      v.Room,
		Group:     v.Room != "" || v.NotOccupant,
		AdminOnly: v.Command == "admin_command",
	}
	if v.Regexp != "" {
		q.Args = v.Text
	}
	return q
}

// outcomes are the words for replies in testdata/vectors.yaml.
var outcomes = map[string]string{
	"You're not allowed to access this command using the provided arguments": "ARGS",
	"You're not allowed to access this command from this user":               "USER",
	"You're not allowed to access this command from this room":               "ROOM",
	"You're not allowed to access this command from a chatroom":              "MUC",
	"You're not allowed to access this command via private message to me":    "PRIV",
	"This command requires bot-admin privileges":                             "ADMIN",
	"This command may only be issued through a direct message":               "DM",
}

func outcome(t *testing.T, d acl.Decision) string {
	t.Helper()
	reply := d.Reason.Reply()
	switch {
	case d.Allowed:
		require.Empty(t, reply, "a reply to what is allowed")
		return "allowed"
	case reply == "":
		return "silent"
	default:
		require.Contains(t, outcomes, reply)
		return outcomes[reply]
	}
}

func TestVectors(t *testing.T) {
	data, err := os.ReadFile("testdata/vectors.yaml")
	require.NoError(t, err)
	var vectors []vector
	require.NoError(t, yaml.Unmarshal(data, &vectors))
	require.NotEmpty(t, vectors)

	for _, v := range vectors {
		t.Run(v.Number, func(t *testing.T) {
			require.Equal(t, v.Ours == "", v.Fault == "", "what differs from Errbot names its fault")
			require.NotEqual(t, v.Ours, v.Errbot)
			p := newPolicy(t, v.Admins, v.Default, v.Rules)
			d := p.Decide(v.query())
			require.Equal(t, cmp.Or(v.Ours, v.Errbot), outcome(t, d), d.Explain())
		})
	}
}

// newPolicy makes a policy of YAML texts; each may be empty.
func newPolicy(t testing.TB, admins, def, rules string) *acl.Policy {
	t.Helper()
	list, err := acl.ParseList(parseYAML(t, admins))
	require.NoError(t, err)
	rule, err := acl.ParseRule(parseYAML(t, def))
	require.NoError(t, err)
	patterns, err := acl.ParseRules(parseYAML(t, rules))
	require.NoError(t, err)
	return acl.NewPolicy(list, rule, patterns)
}

func parseYAML(t testing.TB, text string) *yaml.Node {
	t.Helper()
	var node yaml.Node
	require.NoError(t, yaml.Unmarshal([]byte(text), &node))
	return &node
}
