package st2_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/go-errbot/errbot/st2"
	"github.com/go-errbot/errbot/st2/st2test"
)

// stopwatch is a network that notes when it is given something to send.
type stopwatch struct {
	*bottest.Network
	sent chan time.Time
}

func (s stopwatch) Send(ctx context.Context, m *backend.Message) (backend.Ref, error) {
	s.sent <- time.Now()
	return s.Network.Send(ctx, m)
}

// pair is a bot and a bare client on one StackStorm, with a command that has no result.
type pair struct {
	srv   *st2test.Server
	alice *bottest.Conversation
	sent  chan time.Time
	bare  func() // sends the request of the command and reads the acknowledgement
}

func newPair(b *testing.B) *pair {
	b.Helper()
	p := &pair{srv: newStackStorm(b), sent: make(chan time.Time, 1)}
	addAlias(p.srv, "quiet", payload{"format": "ok"}, payload{"enabled": false})
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	require.NoError(b, err)
	b.Cleanup(func() { null.Close() })
	log := slog.New(slog.NewTextHandler(null, &slog.HandlerOptions{Level: slog.LevelInfo}))
	p.alice = bottest.NewWith(b, []bottest.Option{
		configured(b, section(p.srv, passwordAuth)), bottest.WithOptions(bot.WithLogger(log)),
		bottest.WithBackend(func(n *bottest.Network) backend.Backend { return stopwatch{n, p.sent} }),
	}, st2.New()).As("@alice")
	token := p.srv.Token("errbot", 0)
	transport := &http.Transport{}
	b.Cleanup(transport.CloseIdleConnections)
	p.bare = func() {
		body := strings.NewReader(`{"command":"quiet","user":"@alice","source_channel":"@alice","notification_route":"errbot"}`)
		r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, p.srv.APIURL()+"/aliasexecution/match_and_execute", body)
		require.NoError(b, err)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Auth-Token", token)
		answer, err := transport.RoundTrip(r)
		require.NoError(b, err)
		data, err := io.ReadAll(answer.Body)
		require.NoError(b, err)
		answer.Body.Close()
		var started struct {
			Results []struct {
				Message string `json:"message"`
			} `json:"results"`
		}
		require.NoError(b, json.Unmarshal(data, &started))
		require.Equal(b, "ok", started.Results[0].Message)
	}
	return p
}

// command gives a command to the bot; the time is that until its acknowledgement goes out.
func (p *pair) command() time.Duration {
	begin := time.Now()
	p.alice.Say("!st2 quiet")
	end := <-p.sent
	p.alice.Next()
	return end.Sub(begin)
}

// BenchmarkOwnShare compares the time from a command in the chat to its acknowledgement with that
// which a client takes that does nothing but send the same request and read the acknowledgement:
// on the same StackStorm, in turns, each when there is nothing else to do. What the bot takes
// itself is the difference of the medians.
func BenchmarkOwnShare(b *testing.B) {
	p := newPair(b)
	var bare, command []time.Duration
	for b.Loop() {
		begin := time.Now()
		p.bare()
		bare = append(bare, time.Since(begin))
		require.NoError(b, p.srv.Wait(b.Context()))
		command = append(command, p.command())
		require.NoError(b, p.srv.Wait(b.Context()))
	}
	slices.Sort(bare)
	slices.Sort(command)
	of, own := bare[len(bare)/2], command[len(command)/2]-bare[len(bare)/2]
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(of.Microseconds()), "bare-µs")
	b.ReportMetric(float64(own.Microseconds()), "own-µs")
	b.ReportMetric(100*float64(own)/float64(of), "own-%")
}

// BenchmarkCommand is a command from chat to acknowledgement.
func BenchmarkCommand(b *testing.B) {
	p := newPair(b)
	b.ReportAllocs()
	for b.Loop() {
		p.command()
	}
}

// BenchmarkBareRequest is what of BenchmarkCommand cannot be saved: the request alone.
func BenchmarkBareRequest(b *testing.B) {
	p := newPair(b)
	b.ReportAllocs()
	for b.Loop() {
		p.bare()
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
