package st2test_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test"
)

// ask sends a request with a token of st2admin, and decodes the answer.
func ask(t *testing.T, srv *st2test.Server, method, path string, body any) (int, map[string]any) {
	t.Helper()
	return askAs(t, srv, "st2admin", method, path, body)
}

func askAs(t *testing.T, srv *st2test.Server, user, method, path string, body any) (int, map[string]any) {
	t.Helper()
	text := ""
	switch body := body.(type) {
	case nil:
	case string:
		text = body
	default:
		encoded, err := json.Marshal(body)
		require.NoError(t, err)
		text = string(encoded)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, srv.URL()+path, strings.NewReader(text))
	require.NoError(t, err)
	r.Header.Set("X-Auth-Token", srv.Token(user, 0))
	answer, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	var decoded map[string]any
	if strings.HasPrefix(string(content), "{") {
		require.NoError(t, json.Unmarshal(content, &decoded))
	}
	return answer.StatusCode, decoded
}

// listen opens a stream and waits until it is live.
func listen(t *testing.T, srv *st2test.Server, query string) *bufio.Reader {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.StreamURL()+"/stream?"+query, nil)
	require.NoError(t, err)
	r.Header.Set("X-Auth-Token", srv.Token("st2admin", 0))
	answer, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(t, err)
	t.Cleanup(func() { answer.Body.Close() })
	require.Equal(t, http.StatusOK, answer.StatusCode)
	stream := bufio.NewReader(answer.Body)
	first, err := stream.ReadByte()
	require.NoError(t, err)
	require.Equal(t, byte('\n'), first)
	return stream
}

// nextEvent reads one event, over the empty lines of heartbeats.
func nextEvent(t *testing.T, stream *bufio.Reader) (name, data string) {
	t.Helper()
	for {
		line, err := stream.ReadString('\n')
		require.NoError(t, err)
		switch {
		case strings.HasPrefix(line, "event: "):
			name = strings.TrimSuffix(line[len("event: "):], "\n")
		case strings.HasPrefix(line, "data: "):
			data = strings.TrimSuffix(line[len("data: "):], "\n")
		case line == "\n" && name != "":
			return name, data
		}
	}
}

func TestCommandToAnnouncement(t *testing.T) {
	srv := st2test.New(t)
	srv.AddAlias(st2test.Alias{Pack: "demo", Name: "run", ActionRef: "core.local", Formats: []st2test.Format{{Text: "run {{cmd}}"}}})
	stream := listen(t, srv, "events=st2.announcement__errbot")

	status, answer := ask(t, srv, http.MethodPost, "/api/v1/aliasexecution/match_and_execute", map[string]any{
		"command": "run echo hello", "user": "alice", "source_channel": "#ops", "notification_route": "errbot",
	})
	require.Equal(t, http.StatusCreated, status, answer)

	name, data := nextEvent(t, stream)
	require.Equal(t, "st2.announcement__errbot", name)
	var event struct {
		Payload struct{ User, Channel, Message string }
	}
	require.NoError(t, json.Unmarshal([]byte(data), &event))
	require.Equal(t, "alice", event.Payload.User)
	require.Equal(t, "#ops", event.Payload.Channel)
	require.Contains(t, event.Payload.Message, "stdout : hello\n\n")
}
