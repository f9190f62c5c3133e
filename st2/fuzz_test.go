package st2_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/st2"
)

func FuzzWithoutPairs(f *testing.F) {
	for _, seed := range []string{"apu a=1 start web a=1", "x a='b c' d={e} f=\"\"", "a =\n1", "\u00a0=\u2003="} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, command string) {
		left, inside := st2.WithoutPairs(command)
		require.LessOrEqual(t, len(left), len(command))
		if !inside && left != command {
			require.True(t, strings.HasPrefix(strings.TrimSpace(command), left), "%q is not how %q begins", left, command)
		}
		if !strings.Contains(command, "=") {
			require.Equal(t, command, left)
		}
	})
}

func FuzzPresent(f *testing.F) {
	for _, seed := range []string{"a{~}b", "\n\n x\n", `{"a":[1]}`, "{~}", "\xff\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, message string) {
		shown := st2.Present(message)
		require.Equal(t, shown, strings.TrimRight(shown, " \t\r\n"))
		require.False(t, strings.HasPrefix(shown, "\n"))
	})
}

func FuzzWebhook(f *testing.F) {
	for _, seed := range []string{`{"channel":"#ops","message":"x"}`, `{"message":{"message":1}}`, `[]`, "payload=%7B%7D", `{"whisper":[]}`} {
		f.Add(seed, "application/json")
		f.Add(seed, "application/x-www-form-urlencoded")
	}
	srv := newStackStorm(f)
	srv.Stop()
	chat := newChat(f, srv)
	f.Fuzz(func(t *testing.T, body, kind string) {
		request := httptest.NewRequest(http.MethodPost, "/chatops/message", strings.NewReader(body))
		request.Header.Set("Content-Type", kind)
		answer := httptest.NewRecorder()
		chat.Bot.Handler().ServeHTTP(answer, request)
		require.Contains(t, []int{http.StatusOK, http.StatusBadRequest}, answer.Code)
	})
}

func FuzzConfigure(f *testing.F) {
	for _, seed := range []string{"stackstorm: {}", "stackstorm:" + addresses, "stackstorm: {api_auth: {user: []}, rbac_auth: {standalone: 1}, secrets_store: {}}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := conf.Parse("bot.yaml", []byte(text), nil)
		if err != nil {
			t.Skip()
		}
		if err := st2.New().Configure(doc.Section("stackstorm")); err != nil {
			require.NotEmpty(t, err.Error())
		}
	})
}

// Whatever is announced on the route of the second factor, it tells one text or none.
func FuzzConfirmedSecret(f *testing.F) {
	for _, seed := range []string{`{"payload":{"uuid":"x"}}`, `{"payload":{"message":{"uuid":"x"}}}`, `{"payload":{"context":[1]}}`, `null`, `{`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if factor := st2.ConfirmedSecret(data); factor != "" {
			require.True(t, json.Valid(data))
		}
	})
}
