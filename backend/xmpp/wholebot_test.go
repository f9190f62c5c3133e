package xmpp_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/plugins"
)

// BenchmarkWholeBot is the time from a command that a person says on a real server to the
// answer that they see: of a bot with the core plugins, and, where it is installed, of
// Errbot on the same server. Errbot runs one command after the other here: with its default,
// an answer leaves only when something else arrives.
func BenchmarkWholeBot(b *testing.B) {
	for name := range starters {
		s := theServer(b, name)
		b.Run(name+"/ours", func(b *testing.B) { benchCommand(b, s, runOurs) })
		b.Run(name+"/errbot", func(b *testing.B) { benchCommand(b, s, runErrbot) })
	}
}

func benchCommand(b *testing.B, s *server, start func(b *testing.B, s *server, name, admin string)) {
	alice, name := dialWitness(b, s, fresh("alice")), fresh("bot")
	start(b, s, name, alice.bare())
	to := name + "@" + s.domain
	answered := func(ctx context.Context, text string) error {
		alice.say(to, "!echo "+text)
		_, err := alice.await(ctx, func(e element) bool { return strings.TrimSpace(e.text("body")) == text })
		return err
	}
	require.Eventually(b, func() bool {
		ctx, cancel := context.WithTimeout(b.Context(), time.Second)
		defer cancel()
		return answered(ctx, "ready") == nil
	}, time.Minute, time.Millisecond, "the bot does not answer")
	for b.Loop() {
		ctx, cancel := context.WithTimeout(b.Context(), patience)
		require.NoError(b, answered(ctx, "hi"))
		cancel()
	}
}

func runOurs(b *testing.B, s *server, name, admin string) {
	cfg := bot.DefaultConfig()
	cfg.Admins = []string{admin}
	host, err := bot.New(cfg, newBot(b, s.options(b, name)), bot.WithLogger(slog.New(slog.DiscardHandler)), bot.WithPlugins(plugins.Core()...))
	require.NoError(b, err)
	ctx, stop := context.WithCancel(context.WithoutCancel(b.Context()))
	ended := make(chan error, 1)
	go func() { ended <- host.Run(ctx) }()
	b.Cleanup(func() {
		stop()
		require.NoError(b, <-ended)
	})
}

func runErrbot(b *testing.B, s *server, name, admin string) {
	if exec.Command("/usr/bin/python3", "-c", "import errbot, slixmpp").Run() != nil {
		b.Skip("to compare: apt-get install -y --no-install-recommends errbot python3-slixmpp")
	}
	register(b, s, name)
	dir := b.TempDir()
	config := filepath.Join(dir, "config.py")
	require.NoError(b, os.WriteFile(config, fmt.Appendf(nil, `
import logging
BACKEND = "XMPP"
BOT_DATA_DIR = %[1]q
BOT_EXTRA_PLUGIN_DIR = None
BOT_LOG_FILE = %[1]q + "/log"
BOT_LOG_LEVEL = logging.ERROR
BOT_ASYNC = False
BOT_ADMINS = (%[2]q,)
BOT_IDENTITY = {"username": %[3]q, "password": "secret", "server": ("127.0.0.1", %[4]d)}
XMPP_CA_CERT_FILE = %[5]q
CHATROOM_PRESENCE = ()
`, dir, admin, name+"@"+s.domain, s.plain, filepath.Join(s.dir, "ca.pem")), 0o600))
	errbot := exec.Command("/usr/bin/errbot", "-c", config)
	errbot.Dir = dir
	errbot.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	require.NoError(b, errbot.Start())
	b.Cleanup(func() {
		_ = syscall.Kill(-errbot.Process.Pid, syscall.SIGKILL)
		_ = errbot.Wait()
	})
}
