package bot_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-errbot/errbot/acl"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/bot/store"
	"github.com/stretchr/testify/require"
)

// decode reads a configuration over the defaults.
func decode(t *testing.T, text string) (bot.Config, error) {
	t.Helper()
	doc, err := conf.Parse("bot.yaml", []byte(text), nil)
	require.NoError(t, err)
	cfg := bot.DefaultConfig()
	cfg.Source = doc
	return cfg, doc.Decode(&cfg)
}

func TestConfig(t *testing.T) {
	cfg, err := decode(t, `
bot_admins: "@gbin"                       # vector 86: one text is a list of one
bot_prefix: "."
bot_alt_prefixes: [errbot, [bot]]
access_controls_default: {allowmuc: false}
access_controls:
  whoami: {allowusers: "*"}
  "st2 apu*": {allowrooms: ["#ops"]}
chatroom_presence: ["#ops", ["#secret", hunter2]]
command_timeout: 90
shutdown_timeout: 5s
webserver: {port: 0}
`)
	require.NoError(t, err)
	require.NoError(t, cfg.Validate())
	require.Equal(t, bot.List{"@gbin"}, cfg.Admins)
	require.Equal(t, ".", cfg.Prefix)
	require.Equal(t, bot.List{"errbot", "bot"}, cfg.AltPrefixes)
	require.Equal(t, bot.Rooms{{Room: "#ops"}, {Room: "#secret", Password: "hunter2"}}, cfg.ChatroomPresence)
	require.Equal(t, 90*time.Second, cfg.CommandTimeout.Duration())
	require.Equal(t, &bot.Webserver{Host: "127.0.0.1", SSL: bot.SSL{Host: "127.0.0.1", Port: 3142}}, cfg.Webserver)
	require.Equal(t, 10, cfg.PoolSize, "what is not there keeps its default")

	text, err := conf.Encode(cfg)
	require.NoError(t, err)
	require.NotContains(t, string(text), "hunter2")
	again, err := decode(t, string(text))
	require.NoError(t, err, "what is printed can be read")
	require.Equal(t, patterns(cfg), patterns(again))
	require.Equal(t, cfg.AccessControlsDefault, again.AccessControlsDefault)
}

func patterns(cfg bot.Config) []string {
	var all []string
	for _, r := range cfg.AccessControls {
		all = append(all, r.Pattern)
	}
	return all
}

func TestConfigMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"bot_prefx: x":                         `line 1, column 1: unknown key "bot_prefx"; did you mean "bot_prefix"?`,
		"bot_async_poolsize: many":             "line 1, column 21: bot_async_poolsize: expected a whole number",
		"bot_async_poolsize: 0":                "line 1, column 1: bot_async_poolsize: must be at least 1, got 0",
		"command_timeout: 0":                   "line 1, column 1: command_timeout: must be more than 0",
		"end_timeout: 0":                       "must be more than 0",
		"storage: Shelf":                       `storage: must be "bolt" or "memory", got "Shelf"`,
		"storage: bolt":                        "storage: bolt needs a bot_data_dir",
		"message_size_limit: x":                "expected a whole number",
		"message_size_limit: -1":               "must not be negative",
		"bot_alt_prefixes: ['']":               "must not hold an empty text",
		"webserver: {port: 70000}":             "webserver: a port must be between 0 and 65535",
		"webserver: {prot: 1}":                 `line 1, column 13: unknown key "prot"; did you mean "port"?`,
		"webserver: {ssl: {enabled: true}}":    "ssl is enabled and needs both certificate and key",
		"access_controls: {x: {allowuser: a}}": `line 1, column 23: access_controls: unknown key "allowuser"`,
		"chatroom_presence: [{room: x}]":       "a room is an address, or a list of an address and a password",
	} {
		cfg, err := decode(t, text)
		if err == nil {
			err = cfg.Validate()
		}
		require.ErrorContains(t, err, want, text)
	}
}

// FuzzConfig reads anything at all.
func FuzzConfig(f *testing.F) {
	f.Add("bot_admins: [[a], b]\naccess_controls: {x: {allowusers: *a}}")
	f.Add("webserver: {ssl: {enabled: true}}\nchatroom_presence: [[a, b], c]")
	f.Fuzz(func(_ *testing.T, text string) {
		doc, _ := conf.Parse("bot.yaml", []byte(text), nil)
		cfg := bot.DefaultConfig()
		if doc.Decode(&cfg) == nil && cfg.Validate() == nil {
			_, _ = bot.New(cfg, bottest.NewNetwork())
		}
	})
}

func TestAdminsAreNotified(t *testing.T) {
	for name, c := range map[string]struct {
		admins, notified bot.List
		heard            []string
	}{
		"administrators, but no patterns": {bot.List{"@root", "@*"}, nil, []string{"@root"}},
		"who is configured":               {bot.List{"@root"}, bot.List{"zoni@localdomain"}, []string{"zoni@localdomain"}}, // vector 188
	} {
		t.Run(name, func(t *testing.T) {
			chat := bottest.NewWith(t, configure(func(cfg *bot.Config) {
				cfg.Admins, cfg.AdminsNotifications = c.admins, c.notified
			}), &fake{activate: func(_ context.Context, h *bot.Host) error {
				h.NotifyAdmins("something happened")
				h.NotifyAdmins("something happened")
				return nil
			}})
			for _, who := range c.heard {
				chat.As(who).Expect("something happened").ExpectNothing()
			}
		})
	}
}

func TestDataDir(t *testing.T) {
	inDir := configure(func(cfg *bot.Config) { cfg.DataDir = t.TempDir() })
	var dir string
	keep := append(inDir, bottest.WithConfig(func(cfg *bot.Config) {
		if dir != "" {
			cfg.DataDir = dir
		}
		dir = cfg.DataDir
	}))
	save := command("save", func(ctx context.Context, r *bot.Request) error {
		return store.Save(ctx, r.Host().Store, "key", r.Args)
	})
	load := &fake{register: func(r *bot.Registry) {
		r.Command(bot.Command{Name: "load", Run: bot.Text(func(ctx context.Context, r *bot.Request) (string, error) {
			return store.Load[string](ctx, r.Host().Store, "key")
		})})
	}}
	chat := bottest.NewWith(t, keep, save)
	chat.As("@alice").Say("!save this").ExpectNothing()

	// Another bot on the same folder is told at once.
	cfg := bot.DefaultConfig()
	cfg.DataDir = dir
	second, err := bot.New(cfg, bottest.NewNetwork())
	require.NoError(t, err)
	require.ErrorIs(t, second.Run(t.Context()), store.ErrInUse)

	require.NoError(t, chat.Stop())
	bottest.NewWith(t, keep, load).As("@alice").Say("!load").Expect("this")
}

func TestWebserverListens(t *testing.T) {
	certificate, key, pool := selfSigned(t)
	for name, ssl := range map[string]bot.SSL{
		"http":  {},
		"https": {Enabled: true, Host: "127.0.0.1", Certificate: certificate, Key: key},
	} {
		t.Run(name, func(t *testing.T) {
			port := freePort(t)
			chat := bottest.NewWith(t, configure(func(cfg *bot.Config) {
				cfg.Webserver = &bot.Webserver{Host: "127.0.0.1", Port: port, SSL: ssl}
				cfg.Webserver.SSL.Port = port
			}), &dummy{})
			transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
			defer transport.CloseIdleConnections()
			address := name + "://" + net.JoinHostPort("127.0.0.1", big.NewInt(int64(port)).String()) + "/readyz"
			answer, err := (&http.Client{Transport: transport}).Get(address)
			require.NoError(t, err)
			defer answer.Body.Close()
			body, err := io.ReadAll(answer.Body)
			require.NoError(t, err)
			require.JSONEq(t, `{"status":"ok","checks":{"chat":"ok"}}`, string(body))

			second, err := bot.New(bot.Config{
				PoolSize: 1, QueueSize: 1, CommandTimeout: 1, DeliveryTimeout: 1, ShutdownTimeout: 1, EndTimeout: 1,
				Webserver: &bot.Webserver{Host: "127.0.0.1", Port: port},
			}, bottest.NewNetwork())
			require.NoError(t, err)
			require.ErrorContains(t, second.Run(t.Context()), "web server: listen tcp")
			require.NoError(t, chat.Stop())
		})
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// selfSigned writes a certificate for 127.0.0.1 and its key.
func selfSigned(t *testing.T) (certificate, key string, pool *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "test"},
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	require.NoError(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	certificate, key = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	require.NoError(t, os.WriteFile(certificate, text, 0o600))
	require.NoError(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	return certificate, key, pool
}

// The rules reach access control as they were written.
func TestRulesInConfig(t *testing.T) {
	cfg, err := decode(t, "access_controls:\n  b: {}\n  a: {denyusers: '@bob'}\n")
	require.NoError(t, err)
	require.Equal(t, bot.AccessControls{
		{Pattern: "b", Line: 2},
		{Pattern: "a", Line: 3, Rule: acl.Rule{DenyUsers: []string{"@bob"}}},
	}, cfg.AccessControls)
}
