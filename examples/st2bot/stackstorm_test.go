package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// startStackStorm runs "st2bot stackstorm" on a free port and returns its address.
func startStackStorm(t *testing.T, more ...string) string {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan int)
	go func() {
		ended <- run(ctx, append([]string{"stackstorm", "--listen", "127.0.0.1:0"}, more...), streams{strings.NewReader(""), in, io.Discard})
	}()
	t.Cleanup(func() {
		stop()
		require.Equal(t, exitOK, <-ended)
	})
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		require.NoError(t, err)
		if _, address, ok := strings.Cut(line, "api_url:"); ok {
			go func() { _, _ = io.Copy(io.Discard, lines) }()
			return strings.TrimSuffix(strings.TrimSpace(address), "/api/v1")
		}
	}
}

// call does one request to StackStorm and returns the answer's status and body.
func call(t *testing.T, method, url, token string, body any) (int, map[string]any) {
	t.Helper()
	text, err := json.Marshal(body)
	require.NoError(t, err)
	request, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(text))
	require.NoError(t, err)
	if token == "" {
		request.SetBasicAuth("st2admin", "st2admin")
	} else {
		request.Header.Set("X-Auth-Token", token)
	}
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer http.DefaultClient.CloseIdleConnections()
	defer answer.Body.Close()
	var document map[string]any
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&document))
	return answer.StatusCode, document
}

// The StackStorm in memory on its own, with an alias that somebody registers over the API, and
// a bot with a configuration of its own on it.
func TestStackStormAlone(t *testing.T) {
	address := startStackStorm(t)
	status, token := call(t, "POST", address+"/auth/v1/tokens", "", map[string]any{})
	require.Equal(t, http.StatusCreated, status)
	status, alias := call(t, "POST", address+"/api/v1/actionalias", token["token"].(string), map[string]any{
		"pack": "mine", "name": "greet", "action_ref": "core.local", "description": "Mine.",
		"formats": []string{"greet {{cmd}}"}, // the demonstration has one like it, which gives way
	})
	require.Equal(t, http.StatusCreated, status, alias)

	path := filepath.Join(t.TempDir(), "st2bot.yaml")
	require.NoError(t, os.WriteFile(path, fmt.Appendf(nil, `
bot_log_level: ERROR
stackstorm:
  auth_url: %[1]s/auth/v1
  api_url: %[1]s/api/v1
  stream_url: %[1]s/stream/v1
  api_auth: {token: %[2]s}
`, address, token["token"]), 0o600))
	var out, errs bytes.Buffer
	code := run(t.Context(), []string{"-c", path}, streams{strings.NewReader("!st2 greet echo hello there\n"), &out, &errs})
	require.Equal(t, exitOK, code, errs.String())
	require.Contains(t, out.String(), "Action core.local completed.")
	require.Contains(t, out.String(), "stdout : hello there")
	require.Empty(t, errs.String())
}

// Without authentication, nobody has to say who he is.
func TestStackStormWithoutAuth(t *testing.T) {
	address := startStackStorm(t, "--auth", "disabled")
	status, _ := call(t, "GET", address+"/api/v1", "a token of long ago", nil)
	require.Equal(t, http.StatusOK, status)
	var errs bytes.Buffer
	code := run(t.Context(), []string{"stackstorm", "--auth", "none"}, streams{strings.NewReader(""), io.Discard, &errs})
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs.String(), "--auth")
}

func TestStackStormAddressInUse(t *testing.T) {
	address := strings.TrimPrefix(startStackStorm(t), "http://")
	var errs bytes.Buffer
	code := run(t.Context(), []string{"stackstorm", "--listen", address}, streams{strings.NewReader(""), io.Discard, &errs})
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs.String(), "address already in use")
}

// A StackStorm that is away is told plainly, once, and the bot ends as it should.
func TestStackStormDown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "st2bot.yaml")
	require.NoError(t, os.WriteFile(path, []byte(`
stackstorm:
  auth_url: http://127.0.0.1:1/auth/v1
  api_url: http://127.0.0.1:1/api/v1
  stream_url: http://127.0.0.1:1/stream/v1
  api_auth: {user: {name: st2admin, password: hunter2}}
`), 0o600))
	var out, errs bytes.Buffer
	code := run(t.Context(), []string{"-c", path}, streams{strings.NewReader("!st2 greet world\n!whoami\n"), &out, &errs})
	require.Equal(t, exitOK, code)
	require.Contains(t, out.String(), "StackStorm cannot be reached")
	require.Contains(t, out.String(), "@admin", "everything else works")
	require.NotContains(t, out.String()+errs.String(), "hunter2")
}
