package wire_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
	"github.com/go-errbot/errbot/st2/st2test/internal/wire"
)

func TestSplit(t *testing.T) {
	for path, want := range map[string][2]string{
		"/api/v1/executions":         {"api", "/executions"},
		"/api/executions/":           {"api", "/executions"},
		"/api/v1":                    {"api", "/"},
		"/api/v1/actionexecutions/1": {"api", "/executions/1"},
		"/api/v1/stream":             {"stream", "/stream"},
		"/stream/v1/stream/":         {"stream", "/stream"},
		"/auth/v1/tokens//":          {"auth", "/tokens/"},
		"/":                          {"", "/"},
	} {
		service, rest := wire.Split(path)
		require.Equal(t, want, [2]string{service, rest}, path)
	}
}

func TestDecode(t *testing.T) {
	for _, c := range []struct{ kind, body, want string }{
		{"", "", "{}"},
		{"application/json; charset=utf-8", `{"a":[1]}`, `{"a":[1]}`},
		{"text/plain", "3", "3"},
		{"application/x-www-form-urlencoded", "a=1&a=2", `{"a":["1","2"]}`},
	} {
		v, err := wire.Decode(c.kind, []byte(c.body))
		require.NoError(t, err)
		require.Equal(t, c.want, string(pyjson.Encode(v)))
	}
	for kind, text := range map[string]string{"text/html": "x", "application/json": "{", "application/x-www-form-urlencoded": "%"} {
		_, err := wire.Decode(kind, []byte(text))
		require.ErrorContains(t, err, "Failed to parse request body: ")
		require.Equal(t, http.StatusBadRequest, fault.Of(err).Status)
	}
}

func TestReplies(t *testing.T) {
	for want, reply := range map[string]*wire.Reply{
		`200 application/json {"a":1}`: {Status: 200, Body: pyjson.Of("a", 1)},
		`204  `:                        {Status: 204},
		`200 text/plain plain`:         {Status: 200, Body: "plain", ContentType: "text/plain"},
		`404 application/json {"faultstring":"x"}`: wire.Fault(fault.NotFound("x")),
	} {
		w := httptest.NewRecorder()
		wire.Write(w, reply)
		require.Equal(t, want, strings.Join([]string{w.Result().Status[:3], w.Header().Get("Content-Type"), w.Body.String()}, " "))
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("application/json", `{"a":[1,"x"]}`)
	f.Add("application/x-www-form-urlencoded", "a=1")
	f.Fuzz(func(t *testing.T, kind, body string) {
		v, err := wire.Decode(kind, []byte(body))
		if err != nil {
			require.Equal(t, http.StatusBadRequest, fault.Of(err).Status)
			return
		}
		_, err = pyjson.Decode(pyjson.Encode(v))
		require.NoError(t, err)
	})
}
