package doctor_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/doctor"
	"github.com/go-errbot/errbot/st2/st2test"
)

// certificate is one that signs itself, with its files.
type certificate struct {
	pair              tls.Certificate
	certFile, keyFile string
}

// newCertificate makes a certificate for a name or address, from a day ago until end.
func newCertificate(t *testing.T, name string, end time.Time) certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: end,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	if ip := net.ParseIP(name); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{name}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	dir := t.TempDir()
	c := certificate{certFile: filepath.Join(dir, "cert.pem"), keyFile: filepath.Join(dir, "key.pem")}
	require.NoError(t, os.WriteFile(c.certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(c.keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
	c.pair, err = tls.LoadX509KeyPair(c.certFile, c.keyFile)
	require.NoError(t, err)
	return c
}

// serve puts a StackStorm behind TLS.
func (c certificate) serve(t *testing.T, srv *st2test.Server, clients tls.ClientAuthType) string {
	t.Helper()
	before := httptest.NewUnstartedServer(srv)
	before.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are what is tested
	before.TLS = &tls.Config{Certificates: []tls.Certificate{c.pair}, ClientAuth: clients}
	before.StartTLS()
	t.Cleanup(before.Close)
	return before.URL
}

func TestTLS(t *testing.T) {
	t.Parallel()
	year := time.Now().Add(365 * 24 * time.Hour)
	for name, tc := range map[string]struct {
		name       string // in the certificate
		end        time.Time
		clients    tls.ClientAuthType
		trusted    bool
		skipVerify bool
		status     doctor.Status
		summary    string
		advice     string
	}{
		"good":                     {name: "127.0.0.1", end: year, trusted: true, status: doctor.OK, summary: "its certificate is good until " + year.UTC().Format(time.DateOnly)},
		"unknown authority":        {name: "127.0.0.1", end: year, status: doctor.Failure, summary: "authority that is not known here", advice: "ca_cert"},
		"another name":             {name: "st2.example.com", end: year, trusted: true, status: doctor.Failure, summary: "not for 127.0.0.1, but for st2.example.com", advice: "api_url"},
		"out of date":              {name: "127.0.0.1", end: time.Now().Add(-time.Hour), trusted: true, status: doctor.Failure, summary: "out of date", advice: "Renew"},
		"ends soon":                {name: "127.0.0.1", end: time.Now().Add(48 * time.Hour), trusted: true, status: doctor.Warning, summary: "its certificate ends on", advice: "Renew"},
		"a client certificate":     {name: "127.0.0.1", end: year, trusted: true, clients: tls.RequireAnyClientCert, status: doctor.Failure, summary: "ends the TLS connection", advice: "client_cert"},
		"not checked":              {name: "127.0.0.1", end: year, skipVerify: true, status: doctor.OK, summary: "but not checked"},
		"not checked, another":     {name: "st2.example.com", end: year, skipVerify: true, status: doctor.Warning, summary: "is for st2.example.com", advice: "127.0.0.1"},
		"not checked, out of date": {name: "127.0.0.1", end: time.Now().Add(-time.Hour), skipVerify: true, status: doctor.Warning, summary: "is out of date", advice: "Renew"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCertificate(t, tc.name, tc.end)
			o := optionsFor(c.serve(t, newStackStorm(t), tc.clients))
			o.Client.SkipVerify = tc.skipVerify
			if tc.trusted {
				o.Client.CACertFile = c.certFile
			}
			results := doctor.Run(t.Context(), o)
			r := find(t, results, "api endpoint")
			require.Equal(t, tc.status, r.Status, r)
			require.Contains(t, r.Summary, tc.summary)
			require.Contains(t, r.Advice, tc.advice)
			require.Equal(t, tc.status == doctor.Failure, doctor.Failed(results))
		})
	}
}
