package client_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-errbot/errbot/st2/client"
	"github.com/stretchr/testify/require"
)

// A command on a warm connection, and the same request by a bare [http.Client].
func BenchmarkMatchAndExecute(b *testing.B) {
	srv := httptest.NewServer(answers(http.StatusCreated, string(recorded(b, "alias.exec.hit-no-ack").body())))
	defer srv.Close()
	request := client.MatchRequest{Command: "do date", User: "joe", SourceChannel: "#ops", NotificationRoute: "errbot"}

	b.Run("client", func(b *testing.B) {
		c := newClient(b, config(srv.URL, key))
		b.ReportAllocs()
		for b.Loop() {
			results, err := c.MatchAndExecute(b.Context(), request)
			require.NoError(b, err)
			require.Len(b, results, 1)
		}
	})
	b.Run("bare", func(b *testing.B) {
		hc := srv.Client()
		b.ReportAllocs()
		for b.Loop() {
			results, err := bareMatchAndExecute(b.Context(), hc, srv.URL+execPath, request)
			require.NoError(b, err)
			require.Len(b, results, 1)
		}
	})
}

func bareMatchAndExecute(ctx context.Context, hc *http.Client, url string, request client.MatchRequest) ([]client.AliasExecution, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("St2-Api-Key", key.Key.Reveal())
	resp, err := hc.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	var out struct {
		Results []client.AliasExecution `json:"results"`
	}
	err = json.Unmarshal(text, &out)
	return out.Results, err
}

// BenchmarkStream reads 5,000 announcements in each round.
func BenchmarkStream(b *testing.B) {
	const n = 5000
	var text strings.Builder
	text.WriteString("\n")
	for i := range n {
		text.WriteString(announce(fmt.Sprint("message ", i)))
	}
	c := serve(b, key, http.HandlerFunc(saysAndStays(text.String())))
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		ctx, cancel := context.WithCancel(b.Context())
		seen := 0
		err := c.Stream(ctx, client.StreamOptions{}, func(e client.Event) error {
			if _, err := client.DecodeAnnouncement(e); err != nil {
				return err
			}
			if seen++; seen == n {
				cancel()
			}
			return nil
		})
		require.ErrorIs(b, err, context.Canceled)
		require.Equal(b, n, seen)
		cancel()
	}
}
