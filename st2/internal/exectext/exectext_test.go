package exectext_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/exectext"
)

func TestDurations(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0s", 10 * time.Second: "10s", 20 * time.Minute: "20m", 2 * time.Hour: "2h", 90 * time.Minute: "1h30m", time.Hour + time.Second: "1h0m1s", 3 * time.Millisecond: "3ms",
	} {
		require.Equal(t, want, exectext.Took(d))
	}
}

func TestResult(t *testing.T) {
	t.Parallel()
	for result, want := range map[string]string{
		`{"stdout":"out\n","stderr":"err","return_code":0}`: "out\nerr",
		`{"result":{"a":1},"stdout":"","exit_code":0}`:      "{\n  \"a\": 1\n}",
		`{"result":"None","stderr":"Traceback"}`:            "Traceback",
		`{"output":{"x":"y"},"errors":[]}`:                  "{\n  \"x\": \"y\"\n}",
		`{"stdout":{"parsed":true}}`:                        "{\n  \"stdout\": {\n    \"parsed\": true\n  }\n}",
		`{"message":"Action canceled by user."}`:            "{\n  \"message\": \"Action canceled by user.\"\n}",
		``:                                                  "",
	} {
		require.Equal(t, want, exectext.Result(&client.Execution{Result: json.RawMessage(result)}), result)
	}
}
