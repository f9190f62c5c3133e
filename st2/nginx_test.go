package st2_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/bot/bottest"
)

// realProgram returns the path of a program that a test needs. Without it the test is skipped,
// and fails where real servers are required.
func realProgram(t testing.TB, name, install string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("REQUIRE_REAL_SERVERS") == "1" {
		t.Fatalf("%s is not installed: %s", name, install)
	}
	t.Skipf("%s is not installed: %s", name, install)
	return ""
}

// certificate is one of its own authority, for 127.0.0.1.
type certificate struct {
	certFile, keyFile string
	pool              *x509.CertPool
	pin               string // what Chromium is told to trust
}

func newCertificate(t testing.TB) certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "127.0.0.1"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	parsed, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	dir := t.TempDir()
	c := certificate{certFile: filepath.Join(dir, "errbot.crt"), keyFile: filepath.Join(dir, "errbot.key"), pool: x509.NewCertPool()}
	c.pool.AddCert(parsed)
	sum := sha256.Sum256(parsed.RawSubjectPublicKeyInfo)
	c.pin = base64.StdEncoding.EncodeToString(sum[:])
	for file, block := range map[string]*pem.Block{c.certFile: {Type: "CERTIFICATE", Bytes: der}, c.keyFile: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(block), 0o600))
	}
	return c
}

// freeAddress returns an address of this machine that nobody listens on.
func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// startNginx runs nginx with testdata/nginx.conf changed to address, certificate and the bot's
// web server, and returns the folder of its logs.
func startNginx(t testing.TB, address string, c certificate, web *httptest.Server) (logs string) {
	t.Helper()
	program := realProgram(t, "nginx", "apt-get install -y --no-install-recommends nginx-light")
	documented, err := os.ReadFile("testdata/nginx.conf")
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o755))
	static := filepath.Join(dir, "html")
	require.NoError(t, os.Mkdir(static, 0o755))
	page, err := web.Client().Get(web.URL + "/") // as the file says
	require.NoError(t, err)
	defer page.Body.Close()
	var text bytes.Buffer
	_, err = text.ReadFrom(page.Body)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(static, "index.html"), text.Bytes(), 0o644))

	server := strings.NewReplacer(
		"443 ssl", address+" ssl",
		"/etc/ssl/errbot.crt", c.certFile,
		"/etc/ssl/errbot.key", c.keyFile,
		"/var/log/nginx/", dir+"/",
		"http://127.0.0.1:3141$", web.URL+"$",
		"/var/www/errbot/", static+"/",
	).Replace(string(documented))
	require.Equal(t, 1, strings.Count(server, web.URL))
	conf := filepath.Join(dir, "nginx.conf")
	temp := "client_body_temp_path " + dir + "/body; proxy_temp_path " + dir + "/proxy; fastcgi_temp_path " + dir + "/f; uwsgi_temp_path " + dir + "/u; scgi_temp_path " + dir + "/s;"
	user := ""
	if os.Geteuid() == 0 {
		user = "user root;\n"
	}
	require.NoError(t, os.WriteFile(conf, []byte(user+"daemon off; worker_processes 1; pid "+dir+"/pid; error_log "+dir+"/error.log info;\n"+
		"events {}\nhttp { types { text/html html; } "+temp+"\n"+server+"\n}\n"), 0o600))

	ctx, stop := context.WithCancel(context.Background())
	nginx := exec.CommandContext(ctx, program, "-p", dir, "-c", conf)
	nginx.Cancel = func() error { return nginx.Process.Signal(os.Interrupt) }
	var output bytes.Buffer
	nginx.Stdout, nginx.Stderr = &output, &output
	require.NoError(t, nginx.Start())
	ended := make(chan struct{})
	go func() { _ = nginx.Wait(); close(ended) }()
	t.Cleanup(func() { stop(); <-ended })
	require.Eventually(t, func() bool {
		select {
		case <-ended:
			t.Fatalf("nginx ended: %s", output.String())
		default:
		}
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	}, timeout, timeout/1000)
	return dir
}

// webOf serves a bot's routes on this machine.
func webOf(t testing.TB, chat *bottest.Chat) *httptest.Server {
	t.Helper()
	web := httptest.NewServer(chat.Bot.Handler())
	t.Cleanup(web.Close)
	return web
}

// The documented nginx: the page as a static file, the rest from the bot, the addresses of
// people counted and not nginx's, nothing secret in its logs.
func TestBehindNginx(t *testing.T) {
	t.Parallel()
	realProgram(t, "nginx", "apt-get install -y --no-install-recommends nginx-light")
	address := freeAddress(t)
	srv, chat := newLogins(t)
	alice := chat.As("@alice")
	link := startSession(t, alice, aliceWord)
	c := newCertificate(t)
	logs := startNginx(t, address, c, webOf(t, chat))
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: c.pool}}}
	t.Cleanup(client.CloseIdleConnections)

	direct := chat.Get("/")
	for path, kind := range map[string]string{"/": "text/html", "/login/login.css": "text/css", "/login/login.js": "text/javascript", "/login/login.svg": "image/svg+xml"} {
		r, err := client.Get("https://" + address + path)
		require.NoError(t, err)
		r.Body.Close()
		require.Equal(t, http.StatusOK, r.StatusCode, path)
		require.True(t, strings.HasPrefix(r.Header.Get("Content-Type"), kind), path)
		for _, header := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Cache-Control"} {
			require.Equal(t, direct.Result().Header.Values(header), r.Header.Values(header), "%s of %s", header, path)
		}
	}
	post := func(forwarded, word string) loginAnswer {
		body := `{"secret_word": "` + word + `", "api_key": "` + srv.AddAPIKey("alice") + `"}`
		request, err := http.NewRequestWithContext(t.Context(), "POST", "https://"+address+"/login/authenticate/"+link, strings.NewReader(body))
		require.NoError(t, err)
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Origin", "https://"+address)
		request.Header.Set("X-Forwarded-For", forwarded)
		r, err := client.Do(request)
		require.NoError(t, err)
		return answerOf(t, r)
	}
	require.Equal(t, 3, *post("192.0.2.1", "not the word").Code)
	require.Contains(t, chat.Log(), "from=192.0.2.1", "nginx here is on the loopback, too, and so believed")
	require.True(t, *post("", aliceWord).Authenticated)
	alice.ExpectContains("You are logged in")

	access, err := os.ReadFile(filepath.Join(logs, "ssl-errbot.access.log"))
	require.NoError(t, err)
	require.Contains(t, string(access), "POST /login/authenticate/")
	require.NotContains(t, string(access), aliceWord)
}
