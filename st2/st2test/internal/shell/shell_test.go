package shell_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
	"github.com/go-errbot/errbot/st2/st2test/internal/shell"
)

func TestPretend(t *testing.T) {
	for command, want := range map[string]shell.Result{
		"echo 'a b'":      {Stdout: "a b"},
		"echo 42":         {Stdout: int64(42)},
		"echo true":       {Stdout: "true"},
		`printf "a\nb\n"`: {Stdout: "a\nb"},
		" whoami ":        {Stdout: "stanley"},
		"true":            {Stdout: ""},
		"exit 0":          {Stdout: "(pretended by st2test, nothing was run) exit 0"},
		"exit 3":          {Stdout: "", Code: 1},
		"false":           {Stdout: "", Code: 1},
		"sleep 1.5":       {Stdout: "", Sleep: 1500 * time.Millisecond},
		"sleep long":      {Stdout: "", Stderr: "sleep: invalid time interval ‘long’", Code: 1},
		"rm -rf /":        {Stdout: "(pretended by st2test, nothing was run) rm -rf /"},
	} {
		require.Equal(t, want, shell.Pretend(command), command)
	}
	require.Equal(t, `{"a":1}`, string(pyjson.Encode(shell.Pretend(`echo '{"a": 1}'`).Stdout)), "the local runner reads JSON")
}

// FuzzPretend: whatever is typed, there is a result, and it takes a bounded time to find.
func FuzzPretend(f *testing.F) {
	f.Add("echo '{}'")
	f.Add("sleep -1")
	f.Fuzz(func(t *testing.T, command string) {
		require.NotNil(t, shell.Pretend(command).Stdout)
	})
}
