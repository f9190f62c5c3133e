package session_test

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-errbot/errbot/bot/secret"
	"github.com/go-errbot/errbot/st2/session"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(crashFile); path != "" {
		fmt.Fprintln(os.Stderr, writeUntilKilled(path))
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

const (
	word      secret.String = "open sesame"
	wrongWord secret.String = "close sesame"
)

var (
	alice   = session.User{Key: "U1", Name: "@alice"}
	bob     = session.User{Key: "U2", Name: "@bob"}
	desk    = netip.MustParseAddr("192.0.2.1")
	kiosk   = netip.MustParseAddr("192.0.2.2")
	keyOfA  = session.Credential{Kind: session.KindAPIKey, Secret: "API-KEY", Account: "st2alice"}
	keyOfB  = session.Credential{Kind: session.KindAPIKey, Secret: "OTHER-KEY", Account: "st2bob"}
	rawKey  = mustKey("4ERBWzXb0bRtcpxyGEjHLy2sNXYDOTE2kTdnGJXPbHk=")
	rawKey2 = mustKey("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff")
)

func mustKey(text secret.String) session.Key {
	key, err := session.ParseKey(text)
	if err != nil {
		panic(err)
	}
	return key
}

func newManager(t testing.TB, change ...func(*session.Options)) *session.Manager {
	t.Helper()
	o := session.Options{Secrets: session.NewCleartext()}
	for _, f := range change {
		f(&o)
	}
	m, err := session.New(o)
	require.NoError(t, err)
	return m
}

func start(t testing.TB, m *session.Manager, u session.User) session.Link {
	t.Helper()
	link, err := m.Start(u, word)
	require.NoError(t, err)
	return link
}

// good finds every credential to be c.
func good(c session.Credential) func(context.Context) (session.Credential, error) {
	return func(context.Context) (session.Credential, error) { return c, nil }
}

// bad is a validation that refuses.
func bad(err error) func(context.Context) (session.Credential, error) {
	return func(context.Context) (session.Credential, error) { return session.Credential{}, err }
}

// logIn starts a session and redeems its link.
func logIn(t testing.TB, m *session.Manager, u session.User, c session.Credential) session.Session {
	t.Helper()
	s, err := m.Redeem(t.Context(), attempt(start(t, m, u)), good(c))
	require.NoError(t, err)
	return s
}

func attempt(l session.Link) session.Attempt {
	return session.Attempt{Link: l.ID, Word: word, From: desk}
}

// requireCredential asserts that commands of a user run with c.
func requireCredential(t testing.TB, m *session.Manager, u session.User, c session.Credential) {
	t.Helper()
	got, _, err := m.Lookup(t.Context(), u.Key)
	require.NoError(t, err)
	require.Equal(t, c, got)
}

func openEncrypted(t testing.TB, path string, key session.Key) *session.Encrypted {
	t.Helper()
	e, err := session.OpenEncrypted(path, key)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	return e
}

func secretsPath(t testing.TB) string { return filepath.Join(t.TempDir(), "secrets") }

// pass lets d pass on the clock of a synctest bubble.
func pass(d time.Duration) { <-time.After(d) }
