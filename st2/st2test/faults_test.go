package st2test_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test"
)

// waiting is an action that ends when a channel is closed.
func waiting(release <-chan struct{}) func(context.Context, *st2test.Call) (any, error) {
	return func(ctx context.Context, _ *st2test.Call) (any, error) {
		select {
		case <-release:
			return "done", nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// get requests a path and returns the answer with its body.
func get(t *testing.T, srv *st2test.Server, path string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL()+path, nil)
	require.NoError(t, err)
	r.Header.Set("X-Auth-Token", srv.Token("st2admin", 0))
	answer, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer, string(content)
}

func TestFaultsOfAnswers(t *testing.T) {
	srv := st2test.New(t)
	for _, c := range []struct {
		name   string
		faults st2test.Faults
		path   string
		status int
		kind   string
		body   string
	}{
		{"auth down", st2test.Faults{AuthDown: true}, "/auth/v1/sso", 503, "application/json", `{ "faultstring": "Nginx is unable to reach st2auth. Make sure service is running." }`},
		{"api down", st2test.Faults{APIDown: true}, "/api/v1/user", 503, "application/json", `{ "faultstring": "Nginx is unable to reach st2api. Make sure service is running." }`},
		{"stream down", st2test.Faults{StreamDown: true}, "/stream/v1/stream", 200, "text/event-stream", "retry: 1000\n\n"},
		{"stream dead", st2test.Faults{StreamDead: true}, "/stream/v1/stream", 200, "text/event-stream; charset=UTF-8", ""},
		{"unauthorized", st2test.Faults{Unauthorized: true}, "/api/v1/user", 401, "application/json", `{"faultstring":"Unauthorized"}`},
		{"none", st2test.Faults{}, "/auth/v1/sso", 200, "application/json", `{"enabled":false}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			srv.SetFaults(c.faults)
			answer, body := get(t, srv, c.path)
			require.Equal(t, c.status, answer.StatusCode)
			require.Equal(t, c.kind, answer.Header.Get("Content-Type"))
			require.Equal(t, c.body, body)
		})
	}
}

func TestFaultsOfAnnouncements(t *testing.T) {
	srv := st2test.New(t)
	stream := listen(t, srv, "events=st2.announcement__errbot")
	srv.SetFaults(st2test.Faults{Lose: 1, Duplicate: 1, Malform: 1})
	for _, text := range []string{"lost", "twice", "broken", "whole"} {
		srv.Announce("errbot", map[string]any{"message": text, "channel": "c"})
	}
	for _, want := range []string{`"twice"`, `"twice"`, `{"payload":{"`, `"whole"`} {
		_, data := nextEvent(t, stream)
		require.Contains(t, data, want)
		require.Equal(t, want != `{"payload":{"`, strings.HasSuffix(data, "}"))
	}
	require.Zero(t, srv.Faults())

	var stored int
	_, body := get(t, srv, "/api/v1/executions?runner=announcement")
	stored = strings.Count(body, `"output":{`)
	require.Equal(t, 4, stored, "a lost announcement is an execution too")
}

func TestSwappedAnnouncements(t *testing.T) {
	srv := st2test.New(t)
	stream := listen(t, srv, "events=st2.announcement__errbot")
	srv.SetFaults(st2test.Faults{Swap: 1})
	for _, text := range []string{"second", "first", "third"} {
		srv.Announce("errbot", map[string]any{"message": text, "channel": "c"})
	}
	for _, want := range []string{"first", "second", "third"} {
		_, data := nextEvent(t, stream)
		require.Contains(t, data, `"message":"`+want+`"`)
	}
}

func TestSplitBytes(t *testing.T) {
	onWire(t, "events=st2.announcement__errbot", func(w *wire, body *bufio.Reader) {
		all := rest(w.t, body)
		synctest.Wait()
		w.srv.SetFaults(st2test.Faults{SplitBytes: 1, SplitPause: time.Second})
		w.srv.Announce("errbot", map[string]any{"message": "é", "channel": "c"})
		time.Sleep(time.Minute * 5)
		w.srv.DropStreams()
		got := <-all
		require.Contains(w.t, got, "1\r\ne\r\n1\r\nv\r\n1\r\ne\r\n1\r\nn\r\n1\r\nt\r\n")
		require.Contains(w.t, got, "1\r\n\xc3\r\n1\r\n\xa9\r\n", "a character in two chunks")
	})
}

func TestHalfOpen(t *testing.T) {
	onWire(t, "events=st2.announcement__errbot", func(w *wire, body *bufio.Reader) {
		all := rest(w.t, body)
		synctest.Wait()
		w.srv.SetFaults(st2test.Faults{HalfOpen: true})
		w.srv.Announce("errbot", map[string]any{"message": "swallowed", "channel": "c"})
		time.Sleep(time.Hour)
		w.srv.SetFaults(st2test.Faults{})
		w.srv.Announce("errbot", map[string]any{"message": "seen", "channel": "c"})
		synctest.Wait()
		w.srv.DropStreams()
		got := <-all
		require.NotContains(w.t, got, "swallowed")
		require.Equal(w.t, 1, strings.Count(got, "event: "))
	})
}

func TestLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := st2test.New(t, st2test.InMemory())
		srv.SetFaults(st2test.Faults{Latency: 3 * time.Second})
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://st2/auth/v1/sso", nil)
		require.NoError(t, err)
		began := time.Now()
		answer, err := transport(t, srv).RoundTrip(r)
		require.NoError(t, err)
		answer.Body.Close()
		require.Equal(t, 3*time.Second, time.Since(began))
	})
}

func TestRabbitDown(t *testing.T) {
	srv := st2test.New(t)
	stream := listen(t, srv, "events=st2.announcement__*")
	srv.SetFaults(st2test.Faults{RabbitDown: true})
	status, answer := ask(t, srv, http.MethodPost, "/api/v1/executions", map[string]any{"action": "core.noop"})
	require.Equal(t, http.StatusInternalServerError, status)
	require.Equal(t, "[Errno 111] ECONNREFUSED", answer["faultstring"])
	_, stored := ask(t, srv, http.MethodGet, "/api/v1/executions/last", nil)
	require.Equal(t, "requested", stored["status"])

	srv.SetFaults(st2test.Faults{})
	srv.Announce("errbot", map[string]any{"message": "back", "channel": "c"})
	name, _ := nextEvent(t, stream)
	require.Equal(t, "st2.announcement__errbot", name, "the stream stayed open")
}

// TestStop: clients see their streams end without a last chunk, then refused connections,
// and after Start the same server at the same address.
func TestStop(t *testing.T) {
	srv := st2test.New(t)
	stream := listen(t, srv, "")
	address := srv.URL()
	srv.Stop()
	_, err := io.ReadAll(stream)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)

	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/auth/v1/sso", nil)
	require.NoError(t, err)
	_, err = http.DefaultTransport.RoundTrip(r)
	require.True(t, errors.Is(err, syscall.ECONNREFUSED), "%v", err)

	id := srv.Announce("errbot", map[string]any{"message": "nobody hears this", "channel": "c"})
	require.NoError(t, srv.Start())
	require.Equal(t, address, srv.URL())
	status, e := ask(t, srv, http.MethodGet, "/api/v1/executions/"+id, nil)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "succeeded", e["status"])
}
