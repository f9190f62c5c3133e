package irc_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/irc"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/plugins"
)

// BenchmarkRoundTrip is the median time from what a person says on a real server to the
// answer that they see: of a whole bot, of a client that does nothing else, and of Errbot
// where it is installed (apt-get install -y --no-install-recommends errbot python3-irc).
// They are asked in turn, 50 times each, since a server's speed changes with what else a
// machine does.
func BenchmarkRoundTrip(b *testing.B) {
	for name, start := range servers() {
		b.Run(name, func(b *testing.B) {
			s := start(b, "")
			alice := dialWitness(b, s.address(), "alice")
			took := map[string][]time.Duration{}
			for _, begin := range []func(b *testing.B, s *ircd, nick string) bool{answerRaw, answerBot, answerErrbot} {
				nick := [...]string{"raw", "bot", "errbot"}[len(took)]
				if begin(b, s, nick) {
					took[nick] = nil
					alice.awaitAnswer(nick)
				}
			}
			for b.Loop() {
				for nick := range took {
					for range 50 {
						took[nick] = append(took[nick], alice.roundTrip(nick))
					}
				}
			}
			for nick, times := range took {
				slices.Sort(times)
				b.ReportMetric(float64(times[len(times)/2].Nanoseconds())/1000, nick+"-µs")
			}
		})
	}
}

func (w *witness) roundTrip(nick string) time.Duration {
	begin := time.Now()
	w.say(nick, "!echo ping")
	for !strings.Contains(w.until(":"+nick+"!"), "ping") {
	}
	return time.Since(begin)
}

// awaitAnswer asks nick again and again until there is an answer.
func (w *witness) awaitAnswer(nick string) {
	for range 100 {
		w.say(nick, "!echo hello")
		ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
		_, err := w.next(ctx, ":"+nick+"!")
		cancel()
		if err == nil {
			return
		}
	}
	require.FailNow(w.t, nick+" does not answer")
}

// answerRaw answers everything, and does nothing else.
func answerRaw(b *testing.B, s *ircd, nick string) bool {
	w := dialWitness(b, s.address(), nick)
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		for {
			if _, err := w.next(context.Background(), " PRIVMSG "+nick+" "); err != nil {
				return
			}
			w.say("alice", "ping")
		}
	}()
	b.Cleanup(func() {
		w.close()
		<-answered
	})
	return true
}

// answerBot runs a whole bot.
func answerBot(b *testing.B, s *ircd, nick string) bool {
	chat := newBot(b, irc.Options{Server: "127.0.0.1", Port: s.port, Nick: nick})
	host, err := bot.New(bot.DefaultConfig(), chat, bot.WithLogger(slog.New(slog.DiscardHandler)), bot.WithPlugins(plugins.Core()...))
	require.NoError(b, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- host.Run(ctx) }()
	b.Cleanup(func() {
		stop()
		require.NoError(b, <-ended)
	})
	return true
}

// errbotConfig is Errbot's configuration, without limits of its own.
const errbotConfig = `
import logging
BACKEND = "IRC"
BOT_DATA_DIR = %[1]q
BOT_LOG_FILE = %[1]q + "/log"
BOT_LOG_LEVEL = logging.ERROR
BOT_EXTRA_PLUGIN_DIR = %[1]q
BOT_IDENTITY = {"nickname": %[2]q, "server": "127.0.0.1", "port": %[3]d}
BOT_ADMINS = ("alice!*@*",)
IRC_CHANNEL_RATE = IRC_PRIVATE_RATE = 0
`

// answerErrbot runs Errbot, where it is installed.
func answerErrbot(b *testing.B, s *ircd, nick string) bool {
	const python = "/usr/bin/python3" // Debian's, which has Errbot
	if exec.Command(python, "-c", "import errbot, irc").Run() != nil {
		return false
	}
	dir := b.TempDir()
	config := filepath.Join(dir, "config.py")
	require.NoError(b, os.WriteFile(config, fmt.Appendf(nil, errbotConfig, dir, nick, s.port), 0o600))
	peer := exec.Command(python, "-c", "from errbot.cli import main; main()", "-c", config)
	peer.Dir = dir
	peer.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	require.NoError(b, peer.Start())
	b.Cleanup(func() {
		_ = peer.Process.Kill()
		_ = peer.Wait()
	})
	return true
}

// BenchmarkLines is rendering and cutting, without the network.
func BenchmarkLines(b *testing.B) {
	f := newFake(b)
	bot := f.bot(b, irc.Options{})
	f.admit(b, bot)
	b.ReportAllocs()
	for b.Loop() {
		_, err := bot.Send(b.Context(), &backend.Message{Ref: toAlice(), Body: "All **hosts** are `up`, see [the page](https://example.com)"})
		require.NoError(b, err)
	}
}
