package main

import (
	"bytes"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/doctor"
)

// examined runs "doctor" on a configuration.
func examined(t *testing.T, config string, flags ...string) (code int, out, errs string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bot.yaml")
	require.NoError(t, os.WriteFile(path, []byte(config), 0o600))
	var o, e bytes.Buffer
	code = run(t.Context(), append([]string{"doctor", "-c", path}, flags...), streams{strings.NewReader(""), &o, &e})
	return code, o.String(), e.String()
}

// freePort returns a port that nothing listens on.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

const nowhere = `
stackstorm:
  auth_url: http://127.0.0.1:1/auth/v1
  api_url: http://127.0.0.1:1/api/v1
  stream_url: http://127.0.0.1:1/stream/v1
  api_auth: {apikey: a-key}
`

func TestDoctorExitCodes(t *testing.T) {
	for name, tc := range map[string]struct {
		config string
		code   int
		out    string // "" is nothing at all
		errs   string
	}{
		"well but for a warning": {"backend: text\n", exitOK, "\nok       probe ", ""},
		"a failure":              {nowhere, exitError, "\nfailure  api endpoint ", "st2bot: 2 checks failed\n"},
		"mistakes":               {"backend: tex\nbot_prefx: '!'\n", exitUsage, "", `did you mean "bot_prefix"?`},
		"no YAML":                {"[", exitUsage, "", "bot.yaml: line "},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errs := examined(t, tc.config)
			require.Equal(t, tc.code, code)
			require.Contains(t, out, tc.out)
			require.Equal(t, tc.out == "", out == "")
			require.Contains(t, errs, tc.errs)
			require.Equal(t, tc.errs == "", errs == "")
		})
	}
}

// The columns stand one below the other, and advice below what it is about.
func TestDoctorIsAligned(t *testing.T) {
	_, out, _ := examined(t, nowhere)
	for line := range strings.Lines(out) {
		require.Regexp(t, `^(?:(?:ok|warning|failure|skipped) +[a-zA-Z ]{15}  [^ →]| {26}→ )`, line)
		require.Equal(t, "  ", line[24:26], line)
	}
}

// At a terminal one sees what is being looked at, and nothing of it remains.
func TestDoctorProgress(t *testing.T) {
	var out, errs bytes.Buffer
	c := &chart{std: streams{out: &out, err: &errs}, width: 6, progress: true}
	c.start("stream")
	c.result(doctor.Result{Check: "stream", Status: doctor.OK, Summary: "open"})
	require.Equal(t, "looking at: stream …"+clearLine, errs.String())
	require.Equal(t, "ok       stream  open\n", out.String())
}

func TestDoctorJSON(t *testing.T) {
	read := func(config string, flags ...string) (int, []doctor.Result) {
		code, out, _ := examined(t, config, append(flags, "--json")...)
		var results []doctor.Result
		require.NoError(t, json.Unmarshal([]byte(out), &results))
		require.Len(t, results, len(doctor.Checks()))
		return code, results
	}
	code, results := read("backend: text\n", "--no-probe", "--no-chat")
	require.Equal(t, exitOK, code)
	require.Equal(t, doctor.Warning, results[0].Status, "there is no section stackstorm")
	for _, check := range []string{"probe", "chat"} {
		i := slices.Index(doctor.Checks(), check)
		require.Equal(t, check, results[i].Check)
		require.Equal(t, "not wanted", results[i].Summary)
	}
	code, results = read("bot_prefx: '!'\n")
	require.Equal(t, exitUsage, code, "mistakes are results, too")
	require.Equal(t, doctor.Failure, results[0].Status)
	require.Contains(t, results[0].Summary, `did you mean "bot_prefix"?`)
	require.Equal(t, "mend first: configuration", results[1].Summary)
}

func TestDoctorKnowsTheWebServer(t *testing.T) {
	port := strconv.Itoa(freePort(t))
	_, out, _ := examined(t, "webserver: {port: "+port+"}\n")
	require.Contains(t, out, "127.0.0.1:"+port+" is free for the bot")
	_, out, _ = examined(t, "webserver: {host: 0.0.0.0, port: "+port+"}\n")
	require.Contains(t, out, "without TLS")
	code, out, _ := examined(t, "webserver: {ssl: {enabled: true, port: "+port+", certificate: none.pem, key: none.key}}\n")
	require.Equal(t, exitError, code)
	require.Contains(t, out, "none.pem")
}

func TestRule(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bot.yaml")
	require.NoError(t, os.WriteFile(path, []byte(nowhere+"  route_key: ops\n"), 0o600))
	for name, tc := range map[string]struct {
		args []string
		code int
		want string
	}{
		"by default":       {nil, exitOK, "\nname: notify-errbot\n"},
		"by flag":          {[]string{"--route", "dev"}, exitOK, "\nname: notify-dev\n"},
		"by configuration": {[]string{"-c", path}, exitOK, "\nname: notify-ops\n"},
		"the flag counts":  {[]string{"-c", path, "--route", "dev"}, exitOK, "\nname: notify-dev\n"},
		"a dot":            {[]string{"--route", "a.b"}, exitUsage, "must not contain a dot"},
		"no configuration": {[]string{"-c", "missing.yaml"}, exitUsage, "missing.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			require.Equal(t, tc.code, run(t.Context(), append([]string{"rule"}, tc.args...), streams{strings.NewReader(""), &out, &out}))
			require.Contains(t, out.String(), tc.want)
		})
	}
}
