package st2_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2"
)

func TestWithoutPairs(t *testing.T) {
	t.Parallel()
	for command, want := range map[string]string{
		"":                                  "",
		"run date":                          "run date",
		"run date a=1":                      "run date",
		"run date a=1 b='x y' c=\"\" d={x}": "run date",
		"run a=1 date":                      "run a=1 date",
		"a=1 b=2":                           "",
		"apu a=1 start web a=1":             "apu start web",
		"apu a=1 start a=1 web a=1":         "apu start web",
		"x a=1 b=2 y a=1 b=2":               "x y",
		"get http://h/?a=b":                 "get",
	} {
		left, _ := st2.WithoutPairs(command)
		require.Equal(t, want, left, "%q", command)
	}
}

// The vectors are what Python's own engine makes of the expression in StackStorm's parser.
func TestWithoutPairsVectors(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/pairs.json")
	require.NoError(t, err)
	var vectors []struct{ Command, Left string }
	require.NoError(t, json.Unmarshal(data, &vectors))
	require.NotEmpty(t, vectors)
	for _, v := range vectors {
		left, _ := st2.WithoutPairs(v.Command)
		require.Equal(t, v.Left, left, "%q", v.Command)
	}
}
