package client_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/go-errbot/errbot/st2/client"
	"github.com/stretchr/testify/require"
)

func TestFirstLine(t *testing.T) {
	for _, tc := range []struct{ name, fault, want string }{
		{"plain", "Unauthorized", "Unauthorized"},
		{"several lines", "'hosts' is a required property\n\nFailed validating 'required'", "'hosts' is a required property"},
		{"leading lines", "\n\n  text\n", "text"},
		{"object address", "bad node: <ast.Name object at 0x7f2a40c1b510>. Sorry", "bad node. Sorry"},
		{"model", `User "UserDB(id=65, is_service=False, name="bob", nicknames={})" may not`, `User "bob" may not`},
		{"dictionary", "Unable to find the ActionAliasDB instance. {'name': 'x'}", "Unable to find the ActionAliasDB instance."},
		{"the user's own braces stay", `Format string "do {{cmd}}" is not available`, `Format string "do {{cmd}}" is not available`},
		{"the user's own angles stay", `Format string "url <cmd>" is not available`, `Format string "url <cmd>" is not available`},
		{"control characters", "a\x1b[31mb\x00c\td", "a[31mbc d"},
		{"very long", strings.Repeat("é", 1000), strings.Repeat("é", 299) + "…"},
		{"empty", "", "Bad Request"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, tc.want, (&client.APIError{Status: 400, Fault: tc.fault}).FirstLine())
		})
	}
	require.Equal(t, "unknown status", (&client.APIError{Status: 599}).FirstLine())
}

func FuzzFirstLine(f *testing.F) {
	f.Add("Unauthorized - ApiKey with key_hash=" + strings.Repeat("ab", 64) + " not found.")
	f.Add("x: <ast.Name object at 0x7f2a40c1b510>. y\nmore")
	f.Add(`"UserDB(name="a")" {'b': 1}`)
	f.Add("\xff\xfe\u2028")
	f.Fuzz(func(t *testing.T, fault string) {
		line := (&client.APIError{Status: 400, Fault: fault}).FirstLine()
		require.NotEmpty(t, line)
		require.True(t, utf8.ValidString(line))
		require.LessOrEqual(t, utf8.RuneCountInString(line), 300)
		require.False(t, strings.ContainsFunc(line, unicode.IsControl))
	})
}
