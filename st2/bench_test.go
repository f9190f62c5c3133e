package st2_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test"
)

// newQuiet returns a StackStorm with a command that has no result.
func newQuiet(b *testing.B) *st2test.Server {
	b.Helper()
	srv := newStackStorm(b)
	addAlias(srv, "quiet", payload{"format": "ok"}, payload{"enabled": false})
	return srv
}

// BenchmarkCommand is a command from chat to acknowledgement.
func BenchmarkCommand(b *testing.B) {
	alice := newChat(b, newQuiet(b)).As("@alice")
	b.ReportAllocs()
	for b.Loop() {
		alice.Say("!st2 quiet").Expect("ok")
	}
}

// BenchmarkBareRequest is what of BenchmarkCommand cannot be saved: the request alone, by a
// client that does nothing else.
func BenchmarkBareRequest(b *testing.B) {
	srv := newQuiet(b)
	token := srv.Token("errbot", 0)
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	b.ReportAllocs()
	for b.Loop() {
		body := strings.NewReader(`{"command":"quiet","user":"@alice","source_channel":"@alice","notification_route":"errbot"}`)
		r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, srv.APIURL()+"/aliasexecution/match_and_execute", body)
		require.NoError(b, err)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Auth-Token", token)
		answer, err := transport.RoundTrip(r)
		require.NoError(b, err)
		require.Equal(b, http.StatusCreated, answer.StatusCode)
		_, err = io.Copy(io.Discard, answer.Body)
		require.NoError(b, err)
		answer.Body.Close()
	}
}

// BenchmarkAnnouncements brings 5,000 announcements from the stream to one room, in order.
func BenchmarkAnnouncements(b *testing.B) {
	const count = 5000
	srv := newStackStorm(b)
	ops := newChat(b, srv).In("#ops")
	messages := make([]string, count)
	loop := 0
	b.ReportAllocs()
	for b.Loop() {
		loop++ // what was said before would be looked up
		for i := range messages {
			messages[i] = fmt.Sprintf("message %d of loop %d", i, loop)
		}
		for _, m := range messages {
			srv.Announce("errbot", payload{"channel": "#ops", "user": "@alice", "message": m})
		}
		for _, m := range messages {
			ops.Expect(m)
		}
	}
	b.ReportMetric(float64(b.N)*count/b.Elapsed().Seconds(), "announcements/s")
}

// BenchmarkAnnouncementLatency is one announcement from the stream to the chat.
func BenchmarkAnnouncementLatency(b *testing.B) {
	srv := newStackStorm(b)
	ops := newChat(b, srv).In("#ops")
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		n++
		message := fmt.Sprintf("message %d", n)
		srv.Announce("errbot", payload{"channel": "#ops", "user": "@alice", "message": message})
		ops.Expect(message)
	}
}
