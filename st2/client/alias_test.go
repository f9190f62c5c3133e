package client_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/client"
)

// However an alias has its formats, what is read can be written and read again.
func FuzzFormat(f *testing.F) {
	for _, seed := range []string{
		`"pack get {{pack}}"`, `{"display":"a","representation":["b","c"]}`, `{"representation":["a"],"match_multiple":true}`,
		`{"display":1}`, `null`, `[]`, `"\ud800"`, `{"representation":[null]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var format, again client.Format
		if json.Unmarshal(data, &format) != nil {
			return
		}
		text, err := json.Marshal(format)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(text, &again))
		require.Equal(t, format, again)
	})
}
