package client_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/client"
)

// count is how often the log of a level has a text.
func (b *logBuffer) count(level, text string) (n int) {
	for line := range strings.Lines(b.String()) {
		if strings.Contains(line, "level="+level+" ") && strings.Contains(line, text) {
			n++
		}
	}
	return n
}

// However long StackStorm is away, a reader of the log is told once, and once that it is back.
func TestOutageIsLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log logBuffer
		down, forbidden := conn(answers(503, nginx503)), conn(answers(403, `{"faultstring":"no"}`))
		conns := []conn{says("\n")}
		for range 20 {
			conns = append(conns, down)
		}
		conns = append(conns, says("\n"), forbidden, forbidden, down, down)
		l := listen(t, memory(t, key, script(conns...), func(cfg *client.Config) { cfg.Logger = log.logger() }), client.StreamOptions{})
		pass(10 * time.Minute)
		require.Equal(t, 1, log.count("INFO", "stream connected"))
		require.Equal(t, 1, log.count("INFO", "stream disconnected"), "the end of a stream is no alarm")
		require.Equal(t, 1, log.count("WARN", "stream disconnected"), "that none comes back is one")
		require.Greater(t, log.count("DEBUG", "still no connection"), 5)
		for log.count("INFO", "stream connected") < 3 {
			pass(time.Second)
		}
		l.end(t)
		require.Equal(t, 3, log.count("WARN", "stream disconnected"), "once for each reason")
	})
}

// Events that cannot be taken are logged once for each kind, until one of that kind is good.
func TestSkippedEventsAreLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log logBuffer
		bad := "event: st2.announcement__errbot\ndata: {\n\n"
		other := "event: st2.other\ndata: {\n\n"
		text := "\n" + bad + bad + bad + other + other + announce("good") + bad + other
		l := listen(t, memory(t, key, script(saysAndStays(text)), func(cfg *client.Config) { cfg.Logger = log.logger() }), client.StreamOptions{})
		synctest.Wait()
		got := l.end(t)
		require.Equal(t, []string{"good"}, got.messages)
		require.Len(t, got.skipped, 7, "each is reported")
		require.Equal(t, 3, log.count("WARN", "an event was left out"))
		require.Equal(t, 1, log.count("WARN", "st2.other"))
	})
}
