package client_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-errbot/errbot/st2/client"
	"github.com/stretchr/testify/require"
)

// authority is a private certificate authority.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	a := authority{key: newKey(t)}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "private CA"},
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	require.NoError(t, err)
	a.cert, err = x509.ParseCertificate(der)
	require.NoError(t, err)
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return k
}

// issue writes a certificate and its key to PEM files.
func (a authority) issue(t *testing.T) (certFile, keyFile string) {
	k := newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(2), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, a.cert, &k.PublicKey, a.key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(k)
	require.NoError(t, err)
	return writePEM(t, "CERTIFICATE", der), writePEM(t, "PRIVATE KEY", private)
}

func writePEM(t *testing.T, kind string, der []byte) string {
	name := filepath.Join(t.TempDir(), "file.pem")
	require.NoError(t, os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
	return name
}

func TestTLS(t *testing.T) {
	ca := newAuthority(t)
	caFile := writePEM(t, "CERTIFICATE", ca.cert.Raw)
	serverCert, serverKey := ca.issue(t)
	clientCert, clientKey := ca.issue(t)
	pair, err := tls.LoadX509KeyPair(serverCert, serverKey)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)

	start := func(auth tls.ClientAuthType) string {
		srv := httptest.NewUnstartedServer(answers(200, `{"username":"x"}`))
		srv.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: auth, ClientCAs: pool}
		srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
		srv.StartTLS()
		t.Cleanup(srv.Close)
		return srv.URL
	}
	open, closed := start(tls.NoClientCert), start(tls.RequireAndVerifyClientCert)

	for _, tc := range []struct {
		name   string
		url    string
		change func(*client.Config)
		fails  string
	}{
		{"authority unknown", open, func(*client.Config) {}, "certificate signed by unknown authority"},
		{"authority configured", open, func(c *client.Config) { c.CACertFile = caFile }, ""},
		{"not verified", open, func(c *client.Config) { c.SkipVerify = true }, ""},
		{"client certificate missing", closed, func(c *client.Config) { c.CACertFile = caFile }, "certificate required"},
		{"client certificate given", closed, func(c *client.Config) {
			c.CACertFile, c.ClientCertFile, c.ClientKeyFile = caFile, clientCert, clientKey
		}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cfg := config(tc.url, key)
			tc.change(&cfg)
			_, err := newClient(t, cfg).Validate(t.Context())
			if tc.fails == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tc.fails)
			require.ErrorIs(t, err, client.ErrUnavailable)
		})
	}
}
