package results_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
	"github.com/go-errbot/errbot/st2/st2test/internal/results"
)

func TestShape(t *testing.T) {
	for _, c := range []struct {
		runner  string
		value   any
		failure bool
		want    string
	}{
		{"python-script", "text", false, `{"stdout":"","stderr":"","exit_code":0,"result":"text"}`},
		{"local-shell-cmd", "out", false, `{"failed":false,"succeeded":true,"return_code":0,"stdout":"out","stderr":""}`},
		{"local-shell-cmd", "out", true, `{"failed":true,"succeeded":false,"return_code":1,"stdout":"out","stderr":""}`},
		{"local-shell-cmd", map[string]int{"a": 1}, false, `{"a":1}`},
		{"noop", 5, false, `{"result":5}`},
	} {
		got, err := results.Shape(c.runner, c.value, c.failure)
		require.NoError(t, err)
		require.Equal(t, c.want, string(pyjson.Encode(got)))
	}
	_, err := results.Shape("noop", make(chan int), false)
	require.Error(t, err)
}

func TestOfError(t *testing.T) {
	for runner, want := range map[string]string{
		"python-script":      `{"stdout":"","stderr":"broke\n","exit_code":1,"result":"None"}`,
		"local-shell-script": `{"failed":true,"succeeded":false,"return_code":1,"stdout":"","stderr":"broke"}`,
		"orquesta":           `{"error":"broke","traceback":""}`,
	} {
		require.Equal(t, want, string(pyjson.Encode(results.OfError(runner, errors.New("broke")))))
	}
}
