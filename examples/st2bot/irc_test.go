package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A whole session on a real server, with a client of IRC that is not ours.
func TestSessionOnIRC(t *testing.T) {
	port := startNgircd(t)
	alice := dialIRC(t, port, "alice")
	alice.say("JOIN #ops")
	alice.hear(" 366 alice #ops ")

	config := filepath.Join(t.TempDir(), "st2bot.yaml")
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, `
backend: irc
bot_identity: {server: 127.0.0.1, port: %d, nickname: errbot}
chatroom_presence: ["#ops"]
irc_channel_rate: 0
irc_private_rate: 0
bot_admins: ["alice!*@*"]
access_controls: {"Utils:echo": {denyrooms: ["#ops"]}}
`, port), 0o600))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int)
	go func() {
		ended <- run(ctx, []string{"run", "-c", config}, streams{strings.NewReader(""), io.Discard, io.Discard})
	}()
	defer func() {
		stop()
		require.Equal(t, exitOK, <-ended)
	}()

	alice.hear(":errbot!") // joins
	alice.say("PRIVMSG #ops :!whoami")
	require.Contains(t, alice.hear("access rules"), "alice!~alice@127.0.0.1")
	alice.say("PRIVMSG #ops :!echo hi")
	require.Contains(t, alice.hear("PRIVMSG #ops"), "room")
	alice.say("PRIVMSG errbot :!st2 apu status web")
	alice.hear("PRIVMSG alice :Looking at the hosts with the role web.")
	alice.hear("PRIVMSG alice :Upgrade of web: 3 of 4 hosts are done.")
}

// startNgircd starts a server on loopback and returns its port.
func startNgircd(t *testing.T) int {
	if _, err := exec.LookPath("ngircd"); err != nil {
		require.NotEqual(t, "1", os.Getenv("REQUIRE_REAL_SERVERS"), "ngircd is required and not installed")
		t.Skip("to run this test: apt-get install -y --no-install-recommends ngircd")
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := free.Addr().(*net.TCPAddr).Port
	require.NoError(t, free.Close())
	config := filepath.Join(t.TempDir(), "ngircd.conf")
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil,
		"[Global]\nName = irc.test.local\nInfo = test\nListen = 127.0.0.1\nPorts = %d\n[Limits]\nMaxPenaltyTime = 0\n[Options]\nDNS = no\nIdent = no\nPAM = no\n", port), 0o600))
	server := exec.Command("ngircd", "-n", "-f", config)
	require.NoError(t, server.Start())
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	return port
}

// ircClient is a person on IRC.
type ircClient struct {
	t     *testing.T
	wire  net.Conn
	lines *bufio.Reader
}

func dialIRC(t *testing.T, port int, nick string) *ircClient {
	c := &ircClient{t: t}
	require.Eventually(t, func() bool {
		wire, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		c.wire = wire
		return err == nil
	}, 10*time.Second, 20*time.Millisecond)
	t.Cleanup(func() { _ = c.wire.Close() })
	c.lines = bufio.NewReader(c.wire)
	c.say("NICK " + nick)
	c.say("USER " + nick + " 0 * :a person")
	c.hear(" 001 ")
	return c
}

func (c *ircClient) say(line string) {
	_, err := io.WriteString(c.wire, line+"\r\n")
	require.NoError(c.t, err)
}

// hear waits for a line that holds part.
func (c *ircClient) hear(part string) string {
	c.t.Helper()
	require.NoError(c.t, c.wire.SetReadDeadline(time.Now().Add(20*time.Second)))
	for {
		line, err := c.lines.ReadString('\n')
		require.NoError(c.t, err, "waiting for %q", part)
		if strings.Contains(line, part) {
			return strings.TrimSpace(line)
		}
	}
}
