package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
)

// trusting returns how a server is verified: by an authority of its own, by the system's, or
// not at all.
func trusting(anything bool, caCert string) (*tls.Config, error) {
	if caCert == "" {
		return &tls.Config{InsecureSkipVerify: anything}, nil
	}
	pem, err := os.ReadFile(caCert)
	if err != nil {
		return nil, fmt.Errorf("ca_cert: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("ca_cert: " + caCert + " holds no certificate")
	}
	return &tls.Config{RootCAs: pool}, nil
}
