package xmpp_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend/xmpp"
)

func TestOptions(t *testing.T) {
	_, err := xmpp.New(xmpp.Options{Username: "example.com", Encryption: "some", Mechanisms: []string{"MAGIC"}})
	for _, part := range []string{`"example.com" is no address`, "the password is missing", `unknown encryption "some"`, `mechanism "MAGIC"`} {
		require.ErrorContains(t, err, part)
	}
	b, err := xmpp.New(xmpp.Options{Username: "Bot@Example.COM/home", Password: "x", Mechanisms: []string{"scram-sha-1-plus"}})
	require.NoError(t, err)
	require.Equal(t, "bot@example.com", b.Self().ID)
	require.Equal(t, "bot", b.Self().Nick)
}
