package st2test_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test"
)

// wire is a stream on a bare connection inside a bubble.
type wire struct {
	t   *testing.T
	srv *st2test.Server
}

// onWire runs a test in a bubble with a stream that is open, its header read.
func onWire(t *testing.T, query string, test func(w *wire, body *bufio.Reader), options ...st2test.Option) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{t: t, srv: st2test.New(t, append(options, st2test.InMemory())...)}
		conn, err := w.srv.Dial(t.Context(), "", "")
		require.NoError(t, err)
		t.Cleanup(func() { conn.Close() })
		_, err = io.WriteString(conn, "GET /stream/v1/stream?"+query+" HTTP/1.1\r\nHost: st2\r\nX-Auth-Token: "+w.srv.Token("st2admin", 0)+"\r\n\r\n")
		require.NoError(t, err)
		body := bufio.NewReader(conn)
		for line := ""; line != "\r\n"; {
			line, err = body.ReadString('\n')
			require.NoError(t, err)
		}
		test(w, body)
	})
}

// transport makes requests to srv until the test ends.
func transport(t *testing.T, srv *st2test.Server) *http.Transport {
	transport := srv.Transport()
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// rest reads what comes until the connection ends.
func rest(t *testing.T, r io.Reader) <-chan string {
	out := make(chan string, 1)
	go func() {
		content, _ := io.ReadAll(r) // a cut connection is an error too
		out <- string(content)
	}()
	return out
}

func (w *wire) run(command string) {
	w.srv.AddAlias(st2test.Alias{
		Pack: "demo", Name: "res_full", ActionRef: "core.local", Formats: []st2test.Format{{Text: "full {{cmd}}"}},
		Result: map[string]any{"format": "{{ execution.status }} {{ execution.action.ref }} {{ execution.result.stdout }} " +
			"{{ execution.elapsed_seconds is defined }} {{ execution.context.source_channel }}"},
	})
	body, err := json.Marshal(map[string]any{"command": command, "user": "joe", "source_channel": "#ops", "notification_route": "errbot"})
	require.NoError(w.t, err)
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, "http://st2/api/v1/aliasexecution/match_and_execute", strings.NewReader(string(body)))
	require.NoError(w.t, err)
	r.Header.Set("X-Auth-Token", w.srv.Token("st2admin", 0))
	answer, err := transport(w.t, w.srv).RoundTrip(r)
	require.NoError(w.t, err)
	defer answer.Body.Close()
	require.Equal(w.t, http.StatusCreated, answer.StatusCode)
	require.NoError(w.t, w.srv.Wait(w.t.Context()))
}

// TestStreamAsRecorded: the chunks on the wire are those of the real one, byte for byte:
// a newline at once, the event, a heartbeat, and no last chunk when the server goes.
func TestStreamAsRecorded(t *testing.T) {
	var want string
	for _, x := range recordings(t) {
		if x.name == "stream.35s.events-announcement-errbot" {
			want = x.response.Text("wire")
		}
	}
	require.NotEmpty(t, want)
	onWire(t, "events=st2.announcement__errbot", func(w *wire, body *bufio.Reader) {
		all := rest(w.t, body)
		w.run("full echo hello from the stream")
		time.Sleep(25 * time.Second)
		synctest.Wait()
		w.srv.Stop()
		require.Equal(w.t, want, <-all)
	})
}

// TestHeartbeat: an event that the stream does not want resets its heartbeat, so that on
// a busy server it may never come.
func TestHeartbeat(t *testing.T) {
	onWire(t, "events=st2.announcement__nosuchroute", func(w *wire, body *bufio.Reader) {
		all := rest(w.t, body)
		for range 5 {
			time.Sleep(20 * time.Second)
			w.srv.Announce("other", map[string]any{"message": "m", "channel": "c"})
			synctest.Wait()
		}
		time.Sleep(26 * time.Second)
		synctest.Wait()
		w.srv.DropStreams()
		require.Equal(w.t, "1\r\n\n\r\n1\r\n\n\r\n", <-all)
	})
}

func TestStreamOutlivesItsToken(t *testing.T) {
	onWire(t, "", func(w *wire, body *bufio.Reader) {
		all := rest(w.t, body)
		w.srv.RevokeTokens()
		w.srv.Announce("errbot", map[string]any{"message": "after", "channel": "c"})
		synctest.Wait()
		w.srv.DropStreams()
		require.Contains(w.t, <-all, `"message":"after"`)
	})
}

func TestStreamFilters(t *testing.T) {
	for query, want := range map[string][]string{
		"": {
			"st2.liveaction__create", "st2.execution__create", "st2.liveaction__update", "st2.execution__update", "st2.liveaction__update",
			"st2.execution__update", "st2.announcement__errbot", "st2.liveaction__update", "st2.execution__update",
		},
		"events=st2.announcement__*":                                       {"st2.announcement__errbot"},
		"events=st2.announcement__err[a-c]ot,st2.execution__create":        {"st2.execution__create", "st2.announcement__errbot", "st2.execution__create"},
		"events=st2.announcement__chatops":                                 nil,
		"events=nosuch":                                                    nil,
		"events=st2.announcement__*&action_refs=chatops.post_message":      nil,
		"action_refs=chatops.post_message&events=st2.execution__create":    {"st2.execution__create", "st2.execution__create"},
		"action_refs=core.local":                                           nil,
		"execution_ids=000000000000000000000000":                           nil,
		"events=st2.announcement__errbot&events=st2.announcement__chatops": nil,
	} {
		t.Run(query, func(t *testing.T) {
			onWire(t, query, func(w *wire, body *bufio.Reader) {
				all := rest(w.t, body)
				w.srv.Announce("errbot", map[string]any{"message": "m", "channel": "c"})
				w.srv.Announce("team.one", map[string]any{"message": "never", "channel": "c"})
				synctest.Wait()
				w.srv.DropStreams()
				var got []string
				for line := range strings.Lines(<-all) {
					if name, isEvent := strings.CutPrefix(line, "event: "); isEvent {
						got = append(got, strings.TrimSpace(name))
					}
				}
				if query == "" {
					require.GreaterOrEqual(w.t, len(got), len(want))
					got = got[:len(want)]
				}
				require.Equal(w.t, want, got)
			})
		})
	}
}

func TestStreamEndsWithItsExecution(t *testing.T) {
	srv := st2test.New(t)
	release := make(chan struct{})
	srv.AddAction(st2test.Action{Ref: "demo.wait", Run: waiting(release)})
	status, answer := ask(t, srv, http.MethodPost, "/api/v1/executions", map[string]any{"action": "demo.wait"})
	require.Equal(t, http.StatusCreated, status)
	id := answer["id"].(string)
	stream := listen(t, srv, "events=st2.execution__update&execution_ids="+id+"&end_event=st2.execution__update&end_execution_id="+id)
	close(release)
	content, err := io.ReadAll(stream)
	require.NoError(t, err)
	require.Contains(t, string(content), `"status":"succeeded"`)
}
