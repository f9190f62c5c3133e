package client_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-errbot/errbot/st2/client"
	"github.com/stretchr/testify/require"
)

func TestNewReportsEveryProblemAtOnce(t *testing.T) {
	notPEM := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(notPEM, []byte("no certificate"), 0o600))

	_, err := client.New(client.Config{
		APIURL:         "ftp://st2.example.com/api/v1",
		StreamURL:      "https://bob:hunter2@st2.example.com/stream/v1",
		Credential:     client.Password{},
		UserTokenTTL:   time.Millisecond,
		CACertFile:     notPEM,
		ClientCertFile: "only-the-certificate.pem",
	})
	for _, problem := range []string{
		"AuthURL: not set; it looks like https://st2.example.com/auth/v1",
		"APIURL: ", "must begin with https://",
		"StreamURL: remove the user and password",
		"Password.User: not set", "Password.Password: not set",
		"UserTokenTTL: 1ms is less than one second",
		"ClientCertFile, ClientKeyFile: set both or neither",
		"holds no PEM certificate",
	} {
		require.ErrorContains(t, err, problem)
	}
	require.NotContains(t, err.Error(), "hunter2")
}

func TestNewRefuses(t *testing.T) {
	good := func() client.Config { return config("https://st2.example.com", key) }
	for _, tc := range []struct {
		name   string
		change func(*client.Config)
		want   string
	}{
		{"no credential", func(c *client.Config) { c.Credential = nil }, "Credential: set an API key"},
		{"no host", func(c *client.Config) { c.APIURL = "https:///api/v1" }, "APIURL: \"https:///api/v1\" has no host"},
		{"query", func(c *client.Config) { c.APIURL += "?x=1" }, "APIURL: remove what follows the path"},
		{"not a URL", func(c *client.Config) { c.APIURL = "https://h:pass word@\x7f" }, "APIURL: not a URL"},
		{"no API", func(c *client.Config) { c.APIURL = "" }, "APIURL: not set"},
		{"empty key", func(c *client.Config) { c.Credential = client.APIKey{} }, "APIKey.Key: not set"},
		{"empty token", func(c *client.Config) { c.Credential = client.Token{} }, "Token.Token: not set"},
		{"line end in key", func(c *client.Config) { c.Credential = client.APIKey{Key: "KEY-SECRET\n"} }, "is there a line end in its file?"},
		{"colon in user", func(c *client.Config) { c.Credential = client.Password{User: "a:b", Password: "x"} }, "must not contain a colon"},
		{"impersonating nobody", func(c *client.Config) { c.Credential = client.Impersonation{Service: login} }, "set User or Nickname"},
		{"impersonating two", func(c *client.Config) {
			c.Credential = client.Impersonation{Service: login, User: "bob", Nickname: "@bob", Origin: "slack"}
		}, "set User or Nickname"},
		{"nickname of where", func(c *client.Config) {
			c.Credential = client.Impersonation{Service: login, Nickname: "@bob"}
		}, "Impersonation.Origin: needed"},
		{"impersonation without AuthURL", func(c *client.Config) {
			c.AuthURL, c.Credential = "", client.Impersonation{Service: login, User: "bob"}
		}, "AuthURL: not set"},
		{"no CA file", func(c *client.Config) { c.CACertFile = "nosuch.pem" }, "CACertFile: open nosuch.pem"},
		{"no key pair", func(c *client.Config) { c.ClientCertFile, c.ClientKeyFile = "nosuch.pem", "nosuch.key" }, "ClientCertFile, ClientKeyFile: open nosuch.pem"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cfg := good()
			tc.change(&cfg)
			_, err := client.New(cfg)
			require.ErrorContains(t, err, tc.want)
			requireNoSecret(t, err.Error())
		})
	}
	_, err := client.New(good())
	require.NoError(t, err)
}

func TestWarnings(t *testing.T) {
	for _, tc := range []struct {
		name string
		base string
		skip bool
		want int
	}{
		{"https", "https://st2.example.com", false, 0},
		{"http to this machine", "http://localhost:9101", false, 0},
		{"http to a loopback address", "http://127.8.8.8:9101", false, 0},
		{"http to IPv6 loopback", "http://[::1]:9101", false, 0},
		{"http to another machine, each URL", "http://st2.example.com", false, 3},
		{"http to a name that only looks local", "http://localhost.example.com", false, 3},
		{"certificates not checked", "https://st2.example.com", true, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cfg := config(tc.base, key)
			cfg.SkipVerify = tc.skip
			require.Len(t, newClient(t, cfg).Warnings(), tc.want)
		})
	}
}
