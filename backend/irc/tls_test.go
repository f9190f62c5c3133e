package irc_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend/irc"
)

// certificate makes a certificate for the test servers, and a pool that trusts it.
func certificate(t testing.TB) (*x509.CertPool, tls.Certificate) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotAfter:     time.Now().Add(time.Hour),
		DNSNames:     []string{"irc.test.local"},
		IsCA:         true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	parsed, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return pool, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// acceptTLS takes the bot's next connection with TLS, and wants a certificate from it.
func (f *fake) acceptTLS(t testing.TB, certificate tls.Certificate) {
	raw := receive(t, f.dialled)
	server := tls.Server(raw, &tls.Config{Certificates: []tls.Certificate{certificate}, ClientAuth: tls.RequireAnyClientCert})
	require.NoError(t, server.HandshakeContext(t.Context()))
	f.dialled <- server
	f.accept(t)
}

func TestTLS(t *testing.T) {
	dir := t.TempDir()
	pool, own := certificate(t)
	key, err := x509.MarshalPKCS8PrivateKey(own.PrivateKey)
	require.NoError(t, err)
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: own.Certificate[0]},
		"key.pem":  {Type: "PRIVATE KEY", Bytes: key},
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o644))
	}
	require.NoError(t, os.Chmod(dir, 0o755))
	port := freePort(t)
	startNgircd(t, fmt.Sprintf("[SSL]\nCertFile = %s/cert.pem\nKeyFile = %s/key.pem\nPorts = %d\n", dir, dir, port))

	trusting := irc.Options{Server: "127.0.0.1", Port: port, Nick: "bot", TLS: &tls.Config{ServerName: "irc.test.local", RootCAs: pool}}
	bot := newBot(t, trusting)
	run(t, bot)
	require.NoError(t, bot.Join(t.Context(), "#tls", "", ""))

	wary := irc.Options{Server: "127.0.0.1", Port: port, Nick: "wary", TLS: &tls.Config{RootCAs: pool}}
	err = begin(t, newBot(t, wary)).end()
	require.ErrorContains(t, err, "TLS", "a certificate for another name")
}
