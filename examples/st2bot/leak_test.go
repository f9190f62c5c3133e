package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test"
)

// vault is a StackStorm, and all the secrets of this test.
type vault struct {
	srv                                      *st2test.Server
	password, token, expired, key, wrong     string
	base64Password, escapedWrong, base64Pair string
}

func newVault(t *testing.T) *vault {
	v := &vault{password: "pa55word+of/the=bot", wrong: "wr0ng!secret?of&mine"}
	v.srv = st2test.New(t, st2test.WithAccount("errbot", v.password))
	v.token, v.expired, v.key = v.srv.Token("errbot", 0), v.srv.Token("errbot", -time.Hour), v.srv.AddAPIKey("errbot")
	v.base64Password = base64.StdEncoding.EncodeToString([]byte(v.password))
	v.base64Pair = base64.StdEncoding.EncodeToString([]byte("errbot:" + v.password))
	v.escapedWrong = url.QueryEscape(v.wrong)
	return v
}

// leaks returns which secrets are in a text.
func (v *vault) leaks(text string) []string {
	var found []string
	for name, secret := range map[string]string{
		"password": v.password, "token": v.token, "expired token": v.expired, "key": v.key, "wrong secret": v.wrong,
		"password in base64": v.base64Password, "user and password in base64": v.base64Pair, "wrong secret in a URL": v.escapedWrong,
		"hash of a key": "key_hash", "authorization header": "Basic ",
	} {
		if strings.Contains(text, secret) {
			found = append(found, name)
		}
	}
	return found
}

// section is the section stackstorm with credentials as given.
func (v *vault) section(auth string) string {
	return fmt.Sprintf("stackstorm:\n  auth_url: %s\n  api_url: %s\n  stream_url: %s\n  %s\n", v.srv.AuthURL(), v.srv.APIURL(), v.srv.StreamURL(), auth)
}

// cases are configurations with secrets in them, right, wrong and misplaced. Files of that
// name hold a secret each.
func (v *vault) cases() map[string]string {
	quoted := func(s string) string { return fmt.Sprintf("%q", s) }
	away := func(s string) string { return strings.ReplaceAll(s, v.srv.URL(), "http://127.0.0.1:1") }
	return map[string]string{
		"password":              v.section("api_auth: {user: {name: errbot, password: " + quoted(v.password) + "}}"),
		"password in a file":    v.section("api_auth: {user: {name: errbot, password_file: password}}"),
		"password in the env":   v.section("api_auth: {user: {name: errbot, password: \"${LEAK_TEST_PASSWORD}\"}}"),
		"wrong password":        v.section("api_auth: {user: {name: errbot, password: " + quoted(v.wrong) + "}}"),
		"token":                 v.section("api_auth: {token: " + v.token + "}"),
		"token in a file":       v.section("api_auth: {token_file: token}"),
		"expired token":         v.section("api_auth: {token: " + v.expired + "}"),
		"key":                   v.section("api_auth: {apikey: " + v.key + "}"),
		"key in a file":         v.section("api_auth: {apikey_file: key}"),
		"key in the env":        v.section("api_auth: {apikey: \"${LEAK_TEST_KEY}\"}"),
		"wrong key":             v.section("api_auth: {apikey: " + quoted(v.wrong) + "}"),
		"all of them":           v.section("api_auth: {apikey: " + v.key + ", token: " + v.token + ", user: {name: errbot, password: " + quoted(v.password) + "}}"),
		"away":                  away(v.section("api_auth: {user: {name: errbot, password: " + quoted(v.password) + "}}")),
		"away, with a key":      away(v.section("api_auth: {apikey: " + v.key + "}")),
		"unusable key":          v.section("api_auth: {apikey: " + quoted(v.wrong+"\n") + "}"),
		"unusable password":     v.section("api_auth: {user: {password: " + quoted(v.password) + "}}"),
		"misspelt key":          v.section("api_auth: {apikeyy: " + quoted(v.wrong) + "}"),
		"key of another type":   v.section("api_auth: {apikey: [" + quoted(v.wrong) + "]}"),
		"no section of keys":    v.section("api_auth: " + quoted(v.wrong)),
		"password in a URL":     strings.ReplaceAll(v.section("api_auth: {apikey: "+v.key+"}"), "http://", "http://errbot:"+v.escapedWrong+"@"),
		"password in a bad URL": strings.ReplaceAll(v.section("api_auth: {apikey: "+v.key+"}"), "http://", "http://errbot:"+v.wrong+"@%zz"),
		"secret in a query":     strings.ReplaceAll(v.section("api_auth: {apikey: "+v.key+"}"), "/v1\n", "/v1?st2-api-key="+v.escapedWrong+"\n"),
		"secret given twice":    v.section("api_auth: {apikey: " + v.key + ", apikey_file: key}"),
		"broken YAML":           v.section("api_auth: {apikey: " + quoted(v.wrong)),
		"tab in YAML":           v.section("api_auth:\n\tapikey: " + quoted(v.wrong)),
	}
}

// leakInput is said to a bot that runs: what works, what does not, and what asks.
const leakInput = "!st2help\n!st2 pack get chatops\n!st2 nope\n!st2 pack get x nope=1\n!status\n!whoami\n!help\n"

// TestNoSecretIsPrinted runs every command with every kind of credential, right and wrong, at
// debug level, and looks for the secrets in all that is printed, logged and said.
func TestNoSecretIsPrinted(t *testing.T) {
	v := newVault(t)
	t.Setenv("LEAK_TEST_PASSWORD", v.password)
	t.Setenv("LEAK_TEST_KEY", v.key)
	sound := 0
	for name, text := range v.cases() {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, secret := range map[string]string{"password": v.password, "token": v.token, "key": v.key} {
				require.NoError(t, os.WriteFile(filepath.Join(dir, file), []byte(secret+"\n"), 0o600))
			}
			path, log := filepath.Join(dir, "bot.yaml"), filepath.Join(dir, "bot.log")
			text = fmt.Sprintf("bot_admins: ['@admin']\nbot_log_level: DEBUG\nbot_log_file: %s\n%s", log, text)
			require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
			ran := 0
			for _, command := range [][]string{
				{"-c", path}, {"check", "-c", path}, {"doctor", "-c", path}, {"doctor", "--json", "-c", path},
				{"rule", "-c", path}, {"acl", "-c", path, "--user", "@admin", "whoami"},
			} {
				var out, errs bytes.Buffer
				if run(t.Context(), command, streams{strings.NewReader(leakInput), &out, &errs}) == exitOK {
					ran++
				}
				require.Empty(t, v.leaks(out.String()), "%v on standard output:\n%s", command, out.String())
				require.Empty(t, v.leaks(errs.String()), "%v on standard error:\n%s", command, errs.String())
				require.NotEmpty(t, out.String()+errs.String(), "%v says something", command)
			}
			logged, err := os.ReadFile(log)
			if err == nil {
				require.Empty(t, v.leaks(string(logged)), string(logged))
			}
			if ran > 0 {
				sound++
				require.Contains(t, string(logged), "level=DEBUG", "the log is at its most talkative")
				require.Contains(t, string(logged), "StackStorm call")
			}
		})
	}
	require.Equal(t, 14, sound, "so many of the configurations can be run at all")
}

// The same while StackStorm turns against a bot that runs.
func TestNoSecretIsPrintedInTrouble(t *testing.T) {
	v := newVault(t)
	for name, trouble := range map[string]func(){
		"unauthorized":  func() { v.srv.SetFaults(st2test.Faults{Unauthorized: true}) },
		"no auth":       func() { v.srv.SetFaults(st2test.Faults{AuthDown: true}) },
		"no api":        func() { v.srv.SetFaults(st2test.Faults{APIDown: true, StreamDown: true}) },
		"no RabbitMQ":   func() { v.srv.SetFaults(st2test.Faults{RabbitDown: true}) },
		"tokens gone":   v.srv.RevokeTokens,
		"the user gone": func() { v.srv.RemoveUser("errbot") },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "bot.yaml")
			text := "bot_log_level: DEBUG\n" + v.section("api_auth: {user: {name: errbot, password: "+fmt.Sprintf("%q", v.password)+"}}")
			require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
			v.srv.AddUser("errbot", v.password)
			v.srv.SetFaults(st2test.Faults{})
			var out, errs bytes.Buffer
			input := &troubled{rest: strings.Split(strings.TrimSuffix(leakInput, "\n"), "\n"), after: 2, trouble: trouble}
			require.Equal(t, exitOK, run(t.Context(), []string{"-c", path}, streams{input, &out, &errs}))
			require.Empty(t, v.leaks(out.String()), out.String())
			require.Empty(t, v.leaks(errs.String()), errs.String())
			require.Contains(t, errs.String(), "level=DEBUG")
			out.Reset()
			run(t.Context(), []string{"doctor", "-c", path}, streams{strings.NewReader(""), &out, &out})
			require.Empty(t, v.leaks(out.String()), out.String())
		})
	}
}

// troubled is what somebody types, with trouble that begins after some lines. The bot reads a
// line when the one before has been answered.
type troubled struct {
	rest    []string
	after   int
	trouble func()
}

// Read implements [io.Reader], a line at a time.
func (in *troubled) Read(p []byte) (int, error) {
	if in.after == 0 {
		in.trouble()
	}
	in.after--
	if len(in.rest) == 0 {
		return 0, io.EOF
	}
	line := in.rest[0] + "\n"
	in.rest = in.rest[1:]
	return copy(p, line), nil
}
