package st2test_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// FuzzMatchAndExecute: whatever the body is, the answer is JSON, and a fault has its text.
func FuzzMatchAndExecute(f *testing.F) {
	f.Add("match_and_execute", `{"command":"pack get st2","user":"u","source_channel":"c","notification_route":"errbot"}`)
	f.Add("match_and_execute", `{"command":"typed x i=3 o={\"a\":1}","user":"{{ x }}","source_channel":"c"}`)
	f.Add("", `{"name":"typed","format":"typed {{s}}","command":"typed x","source_channel":"","source_context":{"a":[null]}}`)
	f.Fuzz(func(t *testing.T, path, body string) {
		srv := st2test.NewServer()
		defer srv.Close()
		srv.AddAction(st2test.Action{Ref: "demo.typed", Parameters: map[string]any{
			"s": map[string]any{"type": "string", "required": true}, "i": map[string]any{"type": "integer"},
			"o": map[string]any{"type": "object"}, "b": map[string]any{"type": "boolean"}, "a": map[string]any{"type": "array"},
		}})
		srv.AddAlias(st2test.Alias{Pack: "demo", Name: "typed", ActionRef: "demo.typed", Formats: []st2test.Format{{Text: "typed {{s}}"}}})
		url := "/api/v1/aliasexecution"
		if path == "match_and_execute" {
			url += "/" + path
		}
		r := httptest.NewRequest(http.MethodPost, url, strings.NewReader(body))
		r.Header.Set("X-Auth-Token", srv.Token("st2admin", 0))
		w := httptest.NewRecorder()
		srv.ServeHTTP(w, r)
		v, err := pyjson.Decode(w.Body.Bytes())
		require.NoError(t, err)
		if w.Code != http.StatusCreated {
			require.NotEmpty(t, v.(*pyjson.Object).Text("faultstring"))
		}
		require.NoError(t, srv.Wait(t.Context()))
	})
}
