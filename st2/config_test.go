package st2_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/st2"
)

const addresses = `
  auth_url: https://st2.example.com/auth/v1
  api_url: https://st2.example.com/api/v1
  stream_url: https://st2.example.com/stream/v1`

// configure reads a file with the section "stackstorm".
func configure(t *testing.T, name, text string) error {
	t.Helper()
	doc, err := conf.Parse(name, []byte(text), nil)
	require.NoError(t, err)
	return st2.New().Configure(doc.Section("stackstorm"))
}

func TestConfigIsAccepted(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"the seed's sample": `
  verify_cert: True
  secrets_store: cleartext
  api_auth:
    user: {name: my_username, password: my_password}
    token: "<Usertoken>"
    apikey: "<APIKey>"
  rbac_auth: {standalone: {}}
  timer_update: 900`,
		"every other key": `
  api_auth: {apikey: key}
  web_url: https://st2.example.com
  session_ttl: 1h
  user_token_ttl: 3600
  route_key: ops-bot
  plugin_prefix: ""
  secrets_store: {cleartext: }
  rbac_auth: {standalone: }`,
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, configure(t, "bot.yaml", "stackstorm:"+addresses+text))
		})
	}
}

func TestConfigIsRefused(t *testing.T) {
	t.Parallel()
	key := addresses + "\n  api_auth: {apikey: key}"
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"nothing at all": {"", []string{
			"api_url: not set; it looks like https://st2.example.com/api/v1",
			"stream_url: not set; it looks like https://st2.example.com/stream/v1",
			"api_auth: set an API key, a token, or user and password",
		}},
		"every problem at once": {`
  api_url: st2.example.com
  stream_url: https://user:secret@st2.example.com/stream/v1
  api_auth: {user: {name: "a:b", password: secret}}
  route_key: ops.bot
  timer_update: 0
  plugin_prefix: s t
  verify_cert: perhaps
  sessions: 1`, []string{
			`bot.yaml: line 2, column 3: stackstorm.api_url: "st2.example.com" must begin with https://`,
			`bot.yaml: line 3, column 3: stackstorm.stream_url: remove the user and password from it`,
			`bot.yaml: line 4, column 21: stackstorm.api_auth.user.name: must not contain a colon`,
			`stackstorm.auth_url: not set`,
			`bot.yaml: line 5, column 3: stackstorm.route_key: must not contain a dot: StackStorm never delivers`,
			`bot.yaml: line 6, column 3: stackstorm.timer_update: expected at least one second`,
			`bot.yaml: line 7, column 3: stackstorm.plugin_prefix: expected one word`,
			`bot.yaml: line 8, column 16: stackstorm.verify_cert: expected true or false`,
			`bot.yaml: line 9, column 3: unknown key "sessions"; did you mean "session_ttl"?`,
		}},
		"two modes": {key + "\n  rbac_auth: {standalone: {}, clientside: {url: https://x/}}", []string{
			"line 6, column 3: stackstorm.rbac_auth: expected one way, not 2",
		}},
		"speaking for others with a key": {key + "\n  rbac_auth: {serverside: {}}", []string{
			"line 6, column 15: stackstorm.rbac_auth.serverside: needs auth_url and api_auth.user",
		}},
		"no page":               {key + "\n  rbac_auth: {clientside: }", []string{"stackstorm.rbac_auth.clientside.url: not set; it looks like https://"}},
		"a page in clear":       {key + "\n  rbac_auth: {clientside: {url: 'http://bot.example.com/'}}", []string{"clientside.url: expected https://"}},
		"a page with a query":   {key + "\n  rbac_auth: {clientside: {url: 'https://bot.example.com/?a=b'}}", []string{"expected nothing but scheme, host and path"}},
		"a page below the API":  {key + "\n  rbac_auth: {clientside: {url: 'https://bot.example.com/login/authenticate/'}}", []string{"this path cannot be used"}},
		"links for ever":        {key + "\n  rbac_auth: {clientside: {url: 'https://bot.example.com', link_ttl: 48h}}", []string{"link_ttl: expected one minute to one day"}},
		"a proxy by name":       {key + "\n  rbac_auth: {clientside: {url: 'https://bot.example.com', trusted_proxies: [proxy]}}", []string{"trusted_proxies: expected addresses or networks"}},
		"a misspelt mode":       {key + "\n  rbac_auth: {severside: {}}", []string{`did you mean "serverside"?`}},
		"an unknown store":      {key + "\n  secrets_store: vault", []string{`stackstorm.secrets_store: expected "cleartext" or "encrypted"`}},
		"two stores":            {key + "\n  secrets_store: {cleartext: , encrypted: {}}", []string{"secrets_store: expected the name of one store"}},
		"a store without a key": {key + "\n  secrets_store: {encrypted: {file: s}}", []string{"encrypted needs one of key_file, key_env and key_command, not 0"}},
		"a store with two keys": {key + "\n  secrets_store: {encrypted: {file: s, key_env: K, key_file: k}}", []string{"not 2 of them"}},
		"a store's own keys":    {key + "\n  secrets_store: {encrypted: {fiel: s}}", []string{`unknown key "fiel"; did you mean "file"?`}},
		"an unknown mode":       {key + "\n  rbac_auth: {serverless: {}}", []string{"stackstorm.rbac_auth.serverless: unknown"}},
		"a mode's own keys":     {key + "\n  rbac_auth: {standalone: {uri: x}}", []string{`unknown key "uri"`}},
		"a store":               {key + "\n  secrets_store: encrypted", []string{"stackstorm.secrets_store: encrypted needs file"}},
		"a route with a star": {key + "\n  route_key: '*'", []string{
			"stackstorm.route_key: must not contain any of",
		}},
		"a key with a line end": {addresses + "\n  api_auth: {apikey: \"key\\n\"}", []string{
			"stackstorm.api_auth.apikey: contains white space",
		}},
		"half a certificate": {key + "\n  client_cert: c.pem", []string{
			"stackstorm.client_cert: set both or neither",
		}},
		"a file that is not there": {key + "\n  ca_cert: ca.pem", []string{"stackstorm.ca_cert: open ca.pem: no such file"}},
		"a number for an address":  {strings.Replace(key, "https://st2.example.com/api/v1", "[]", 1), []string{"api_url: expected text"}},
	} {
		t.Run(name, func(t *testing.T) {
			err := configure(t, "bot.yaml", "stackstorm:"+c.text)
			require.Error(t, err)
			for _, want := range c.want {
				require.ErrorContains(t, err, want)
			}
			require.Len(t, strings.Split(err.Error(), "\n"), len(c.want), "%v", err)
			require.NotContains(t, err.Error(), "secret@")
		})
	}
}

// A file of a secret, and other paths, are relative to the configuration.
func TestConfigPaths(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "ca.pem"), []byte("none"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "key"), []byte("the-api-key\n"), 0o600))
	file := filepath.Join(dir, "bot.yaml")
	require.NoError(t, configure(t, file, "stackstorm:"+addresses+"\n  api_auth: {apikey_file: key}"))
	err := configure(t, file, "stackstorm:"+addresses+"\n  api_auth: {apikey_file: key}\n  ca_cert: ca.pem")
	require.ErrorContains(t, err, "ca.pem holds no PEM certificate")
}

// What is wrong in a new configuration leaves the old one in use.
func TestConfigKeepsTheOldOne(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	plugin := st2.New()
	chat := bottest.NewWith(t, []bottest.Option{configured(t, section(srv, passwordAuth))}, plugin)
	require.Error(t, plugin.Configure(nil))
	chat.As("@alice").Say("!st2 greet you").Expect("Greeting you.", "Hello you!")
}

func TestSeveralCredentials(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	srv.AddUser("keeper", "x")
	chat := newChat(t, srv, "api_auth: {user: {name: errbot, password: wrong}, token: wrong, apikey: "+srv.AddAPIKey("keeper")+"}")
	chat.As("@alice").Say("!st2 greet you").Expect("Greeting you.", "Hello you!")
	require.Contains(t, chat.Log(), "api_auth: apikey and token and user are all given; only apikey is used")
	for _, r := range srv.Requests() {
		require.Equal(t, "keeper", r.User, "%s %s", r.Method, r.Path)
	}

	chat = newChat(t, srv, "api_auth: {user: {name: errbot, password: wrong}, token: "+srv.Token("errbot", 0)+"}")
	chat.As("@alice").Say("!st2 greet me").Expect("Greeting me.", "Hello me!")
}

// The configuration in effect is shown without its secrets.
func TestConfigIsShown(t *testing.T) {
	t.Parallel()
	doc, err := conf.Parse("bot.yaml", []byte("stackstorm:"+addresses+"\n  api_auth: {apikey: the-key}\n  rbac_auth: {standalone: {}}"), nil)
	require.NoError(t, err)
	plugin := st2.New()
	require.NoError(t, plugin.Configure(doc.Section("stackstorm")))
	shown, err := conf.Encode(plugin.Config())
	require.NoError(t, err)
	require.Contains(t, string(shown), "apikey: '***'")
	require.Contains(t, string(shown), "timer_update: 60\n")
	require.Contains(t, string(shown), "plugin_prefix: st2\n")
	require.NotContains(t, string(shown), "the-key")
}
