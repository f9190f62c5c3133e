package session_test

import (
	"fmt"
	"testing"

	"github.com/go-errbot/errbot/bot/secret"
	"github.com/go-errbot/errbot/st2/session"
	"github.com/stretchr/testify/require"
)

func BenchmarkLookup(b *testing.B) {
	stores := map[string]session.SecretStore{
		"cleartext": session.NewCleartext(), "encrypted": openEncrypted(b, secretsPath(b), rawKey),
	}
	for name, store := range stores {
		m := newManager(b, func(o *session.Options) { o.Secrets = store })
		logIn(b, m, alice, keyOfA)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := m.Lookup(b.Context(), alice.Key); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// The two take the same time, or a link could be told from a guess.
func BenchmarkRefuse(b *testing.B) {
	m := newManager(b, func(o *session.Options) { o.Limits.LinkAttempts, o.Limits.AddressAttempts = 1<<30, 1<<30 })
	for name, id := range map[string]string{"wrong word": start(b, m, alice).ID, "unknown link": "guess"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := m.Redeem(b.Context(), session.Attempt{Link: id, Word: wrongWord}, nil); err == nil {
					b.Fatal("let in")
				}
			}
		})
	}
}

func BenchmarkEncryptedPut(b *testing.B) {
	for _, users := range []int{1, 1000} {
		b.Run(fmt.Sprintf("%d users", users), func(b *testing.B) {
			e := openEncrypted(b, secretsPath(b), rawKey)
			value := secret.String(make([]byte, 300))
			for i := range users {
				require.NoError(b, e.Put(b.Context(), fmt.Sprint(i), value))
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := e.Put(b.Context(), "0", value); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
