package mattermost_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/mattermost"
)

func TestOptions(t *testing.T) {
	good := mattermost.Options{Server: "https://chat.example.com/", Token: "t"}
	_, err := mattermost.New(good)
	require.NoError(t, err)
	for want, change := range map[string]func(o *mattermost.Options){
		"server":                    func(o *mattermost.Options) { o.Server = "chat.example.com" },
		"name or a password":        func(o *mattermost.Options) { o.Server = "https://a:b@chat.example.com" },
		"not both":                  func(o *mattermost.Options) { o.Login = "bot" },
		"a token, or login and pas": func(o *mattermost.Options) { o.Token = "" },
		"timeout":                   func(o *mattermost.Options) { o.Timeout = -1 },
	} {
		bad := good
		change(&bad)
		_, err := mattermost.New(bad)
		require.ErrorContains(t, err, want)
	}
}

func TestNothingCanBeDoneBeforeTheFirstConnection(t *testing.T) {
	b, err := mattermost.New(mattermost.Options{Server: "http://127.0.0.1:1", Token: "t"})
	require.NoError(t, err)
	var again *backend.RetryableError
	_, err = b.Resolve(t.Context(), "~ops")
	require.ErrorAs(t, err, &again)
	_, err = b.Send(t.Context(), &backend.Message{Ref: backend.ToRoom(backend.Room{ID: "1"})})
	require.ErrorAs(t, err, &again)
	require.Equal(t, backend.Limits{MessageSize: 16383}, b.Limits())
}

// The errors that Run returns decide whether the host tries again.
func TestRunSaysWhetherToTryAgain(t *testing.T) {
	for status, refused := range map[int]bool{401: true, 500: false, 301: false} {
		var calls int
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			calls++
			w.Header().Set("Location", "https://elsewhere.example.com")
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"id":"x","message":"no","status_code":%d}`, status)
		}))
		b, err := mattermost.New(mattermost.Options{Server: server.URL, Token: "very-secret"})
		require.NoError(t, err)
		err = b.Run(t.Context(), nil)
		require.Error(t, err)
		require.Equal(t, refused, isRefused(err), "%d: %v", status, err)
		require.NotContains(t, err.Error(), "very-secret")
		require.Equal(t, 1, calls, "one Run asks once")
		server.Close()
	}
}

func isRefused(err error) bool { return errors.Is(err, backend.ErrRefused) }

func TestRateLimit(t *testing.T) {
	calls := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if calls++; calls == 1 {
			w.Header().Set("Retry-After", "0")
			http.Error(w, "limit exceeded", http.StatusTooManyRequests)
			return
		}
		http.Error(w, `{"message":"gone"}`, http.StatusUnauthorized)
	}))
	defer server.Close()
	b, err := mattermost.New(mattermost.Options{Server: server.URL, Token: "t"})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.ErrorIs(t, b.Run(ctx, nil), backend.ErrRefused)
	require.Equal(t, 2, calls, "a limited call is made again")
}
