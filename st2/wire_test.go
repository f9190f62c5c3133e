package st2_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/go-errbot/errbot/st2"
	"github.com/go-errbot/errbot/st2/st2test"
)

// newFront puts an HTTP server before StackStorm and returns the addresses behind it.
func newFront(t testing.TB, srv *st2test.Server, wrap func(http.Handler) http.Handler, setUp func(*httptest.Server)) (front *httptest.Server, addresses string) {
	t.Helper()
	front = httptest.NewUnstartedServer(wrap(srv))
	front.Config.ErrorLog = log.New(io.Discard, "", 0)
	setUp(front)
	t.Cleanup(front.Close)
	return front, "auth_url: " + front.URL + "/auth/v1\napi_url: " + front.URL + "/api/v1\nstream_url: " + front.URL + "/stream/v1\n" + passwordAuth + "\n"
}

func unchanged(h http.Handler) http.Handler { return h }

// The answer to a command is lost on its way: it is not sent a second time, and what it started
// is found.
func TestAnswerIsLost(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	_, text := newFront(t, srv, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/match_and_execute") {
				next.ServeHTTP(httptest.NewRecorder(), r)
				panic(http.ErrAbortHandler)
			}
			next.ServeHTTP(w, r)
		})
	}, (*httptest.Server).Start)
	chat := bottest.NewWith(t, []bottest.Option{configured(t, text)}, st2.New())
	srv.ForgetRequests()
	chat.As("@alice").Say("!st2 greet you").
		ExpectMatch(`^StackStorm's answer did not arrive\. The command was started all the same, as execution [0-9a-f]{24}; its result will follow\.$`).
		Expect("Hello you!")
	require.Len(t, commands(srv), 1)
}

func TestTLS(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	dir := t.TempDir()
	clientCert, clientKey := filepath.Join(dir, "client.pem"), filepath.Join(dir, "client.key")
	writeClientCertificate(t, clientCert, clientKey)
	front, text := newFront(t, srv, unchanged, func(s *httptest.Server) {
		s.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
		s.StartTLS()
	})
	authority := filepath.Join(dir, "ca.pem")
	writePEM(t, authority, "CERTIFICATE", front.Certificate().Raw)
	ours := "client_cert: " + clientCert + "\nclient_key: " + clientKey + "\n"

	chat := bottest.NewWith(t, []bottest.Option{configured(t, text+ours+"ca_cert: "+authority)}, st2.New())
	works(t, srv, chat)
	chat = bottest.NewWith(t, []bottest.Option{configured(t, text+ours+"verify_cert: false")}, st2.New())
	works(t, srv, chat)
	require.Contains(t, chat.Log(), "verify_cert: the server's certificate is not checked; set ca_cert instead")

	chat = bottest.NewWith(t, []bottest.Option{configured(t, text+ours)}, st2.New())
	chat.As("@admin").Expect("StackStorm's certificate is not trusted. Set ca_cert to the authority that signed it.")
	chat = bottest.NewWith(t, []bottest.Option{configured(t, text+"ca_cert: "+authority)}, st2.New())
	chat.As("@admin").Expect(away)
}

func writeClientCertificate(t testing.TB, certificate, key string) {
	t.Helper()
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, &secret.PublicKey, secret)
	require.NoError(t, err)
	encoded, err := x509.MarshalPKCS8PrivateKey(secret)
	require.NoError(t, err)
	writePEM(t, certificate, "CERTIFICATE", signed)
	writePEM(t, key, "PRIVATE KEY", encoded)
}

func writePEM(t testing.TB, path, kind string, content []byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o600))
}

// user_token_ttl is what is asked for; where StackStorm allows less, its own maximum is used.
func TestTokenTTL(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t, st2test.WithTokenTTL(time.Hour))
	const shortened = "StackStorm allows tokens a shorter life than asked for"
	chat := newChat(t, srv)
	works(t, srv, chat)
	require.Contains(t, chat.Log(), shortened)
	chat = newChat(t, srv, passwordAuth, "user_token_ttl: 600")
	works(t, srv, chat)
	require.NotContains(t, chat.Log(), shortened)
	chat = newChat(t, srv, passwordAuth, "user_token_ttl: 0")
	works(t, srv, chat)
	require.NotContains(t, chat.Log(), shortened)
}

// A StackStorm that does not say whom it takes the bot for, because its authentication is
// switched off, is no trouble.
func TestAuthenticationOff(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	_, text := newFront(t, srv, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/user") {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(http.StatusInternalServerError)
				_, _ = io.WriteString(w, `{"faultstring": "Internal Server Error"}`)
				return
			}
			next.ServeHTTP(w, r)
		})
	}, (*httptest.Server).Start)
	chat := bottest.NewWith(t, []bottest.Option{configured(t, text)}, st2.Impatient(st2.New()))
	works(t, srv, chat)
	chat.As("@admin").ExpectNothing()
}

// Another route is asked for, and listened to.
func TestRoute(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	srv.AddRule(st2test.Rule{Ref: "chatops.notify-ops", Route: "ops bot", Announce: "ops bot"})
	chat := newChat(t, srv, passwordAuth, "route_key: ops bot")
	chat.As("@alice").In("#ops").Say("!st2 greet you").Expect("Greeting you.", "Hello you!")
	srv.Announce("errbot", payload{"channel": "#ops", "message": "not for us"})
	srv.Announce("ops bot", payload{"channel": "#ops", "message": "for us"})
	chat.In("#ops").Expect("for us").ExpectNothing()
}
