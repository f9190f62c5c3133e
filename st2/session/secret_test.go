package session_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/go-errbot/errbot/bot/secret"
	"github.com/go-errbot/errbot/st2/session"
	"github.com/stretchr/testify/require"
)

// Everything that the package hands out, printed in every way, after every way to fail.
func TestNoSecretIsPrinted(t *testing.T) {
	const passphrase, token, theWord = "PASSPHRASE-SECRET", "TOKEN-SECRET", "WORD-SECRET"
	key, err := session.ParseKey(passphrase)
	require.NoError(t, err)
	encrypted := openEncrypted(t, secretsPath(t), rawKey)
	clear := session.NewCleartext()
	printed := []any{key, &key, encrypted, clear}
	for _, store := range []session.SecretStore{encrypted, clear} {
		printed = append(printed, exercise(t, store, token, theWord)...)
	}

	var out bytes.Buffer
	for _, logger := range []*slog.Logger{
		slog.New(slog.NewTextHandler(&out, nil)), slog.New(slog.NewJSONHandler(&out, nil)),
	} {
		logger.Info("all", "values", printed)
		for _, v := range printed {
			logger.Info("one", "value", v)
		}
	}
	for _, v := range printed {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		data, err := json.Marshal(v)
		require.NoError(t, err)
		out.Write(data)
	}
	for line := range strings.Lines(out.String()) {
		for _, s := range []string{passphrase, token, theWord} {
			require.NotContains(t, line, s)
			require.NotContains(t, line, fmt.Sprintf("%x", s))
			require.NotContains(t, line, fmt.Sprint([]byte(s)))
		}
	}
}

// exercise returns what a Manager hands out in a session's life.
func exercise(t *testing.T, store session.SecretStore, token, theWord secret.String) []any {
	m := newManager(t, func(o *session.Options) { o.Secrets = store })
	var all []any
	add := func(v any, err error) { all = append(all, v, fmt.Sprint(err)) }

	add(m.Start(alice, theWord[:3]))
	link, err := m.Start(alice, theWord)
	add(link, err)
	a := session.Attempt{Link: link.ID, Word: theWord + "x", From: desk}
	c := session.Credential{Kind: session.KindToken, Secret: token, Account: "st2alice"}
	add(m.Redeem(t.Context(), a, good(c)))
	a.Word = theWord
	add(m.Redeem(t.Context(), a, bad(errors.New("refused"))))
	add(m.Redeem(t.Context(), a, good(session.Credential{Kind: "password", Secret: token})))
	s, err := m.Redeem(t.Context(), a, good(c))
	add(s, err)
	require.NoError(t, err)
	add(m.Redeem(t.Context(), a, good(c)))
	found, _, err := m.Lookup(t.Context(), alice.Key)
	add(found, err)
	add(m.List(t.Context()))
	add(m.Lost(t.Context(), s, "StackStorm refused its token"))
	_, _, err = m.Lookup(t.Context(), alice.Key)
	return append(all, m, a, err)
}
