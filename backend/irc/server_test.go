package irc_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// ircd is a real server on loopback that a test has started.
type ircd struct {
	t       testing.TB
	command func() *exec.Cmd
	process *exec.Cmd
	port    int

	remembers bool // the server keeps what is said in rooms, and tells who is away
}

// servers are the real servers, and how they are started.
func servers() map[string]func(t testing.TB, extra string) *ircd {
	return map[string]func(t testing.TB, extra string) *ircd{"ngircd": startNgircd, "inspircd": startInspIRCd}
}

// eachServer runs test on every real server.
func eachServer(t *testing.T, test func(t *testing.T, s *ircd)) {
	for name, start := range servers() {
		t.Run(name, func(t *testing.T) { test(t, start(t, "")) })
	}
}

func startNgircd(t testing.TB, extra string) *ircd { return startNgircdAs(t, "irc.test.local", extra) }

func startNgircdAs(t testing.TB, name, extra string) *ircd {
	need(t, "ngircd")
	s := &ircd{t: t, port: freePort(t)}
	t.Cleanup(s.stop)
	config := filepath.Join(t.TempDir(), "ngircd.conf")
	write(t, config, fmt.Sprintf(`[Global]
Name = %s
Info = test
Listen = 127.0.0.1
Ports = %d
MotdPhrase = "hello"
ServerGID = nogroup
ServerUID = nobody
%s
[Limits]
MaxConnectionsIP = 0
MaxNickLength = 30
MaxPenaltyTime = 0
[Options]
DNS = no
Ident = no
PAM = no
`, name, s.port, extra))
	s.command = func() *exec.Cmd { return exec.Command("ngircd", "-n", "-f", config) }
	s.start()
	return s
}

func startInspIRCd(t testing.TB, extra string) *ircd {
	return startInspIRCdAs(t, "irc.test.local", extra)
}

func startInspIRCdAs(t testing.TB, name, extra string) *ircd {
	need(t, "inspircd")
	s := &ircd{t: t, port: freePort(t), remembers: true}
	t.Cleanup(s.stop)
	dir, err := os.MkdirTemp("", "inspircd")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	write(t, filepath.Join(dir, "motd"), "hello\n")
	config := filepath.Join(dir, "inspircd.conf")
	if !strings.Contains(extra, "<connect") {
		extra += connectBlock("")
	}
	write(t, config, fmt.Sprintf(`<server name="%[4]s" description="test" network="TestNet">
<admin name="a" nick="a" email="a@example.com">
<bind address="127.0.0.1" port="%[1]d" type="clients">
<pid file="%[2]s/pid">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="%[2]s/log">
<files motd="%[2]s/motd">
<dns server="127.0.0.1" timeout="1">
<options defaultbind="ipv4">
<module name="cap"><module name="ircv3"><module name="ircv3_servertime"><module name="ircv3_batch">
<module name="chanhistory"><chanhistory maxlines="50" maxduration="1h" bots="yes">
<class name="x" commands="*" privs="*" usermodes="*" chanmodes="*">
%[3]s
`, s.port, dir, extra, name))
	s.command = func() *exec.Cmd {
		args := []string{"--nofork", "--config=" + config}
		if os.Getuid() != 0 {
			return exec.Command("inspircd", args...)
		}
		// It refuses to run as root; Debian's package has made it an account.
		c := exec.Command("runuser", append([]string{"-u", "irc", "--", "inspircd"}, args...)...)
		return c
	}
	if os.Getuid() == 0 {
		require.NoError(t, exec.Command("chown", "-R", "irc", dir).Run())
	}
	s.start()
	return s
}

// connectBlock lets people in who need not be slow, with more conditions.
func connectBlock(more string) string {
	return `<connect allow="*" timeout="60" pingfreq="120" hardsendq="4M" softsendq="1M" recvq="64K"
threshold="1000000" commandrate="1000000" fakelag="no" localmax="100" globalmax="100" resolvehostnames="no" useident="no" ` + more + ">"
}

// start starts the server and waits until it listens.
func (s *ircd) start() {
	s.process = s.command()
	s.process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	require.NoError(s.t, s.process.Start())
	require.Eventually(s.t, func() bool {
		c, err := net.Dial("tcp", s.address())
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	}, 10*time.Second, 20*time.Millisecond, "the server does not listen")
}

// stop ends the server and waits until it has gone.
func (s *ircd) stop() {
	if s.process != nil {
		_ = syscall.Kill(-s.process.Process.Pid, syscall.SIGKILL)
		_ = s.process.Wait()
		s.process = nil
	}
}

func (s *ircd) address() string { return "127.0.0.1:" + strconv.Itoa(s.port) }

// need skips the test without the program; where real servers are required, it fails.
func need(t testing.TB, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	if os.Getenv("REQUIRE_REAL_SERVERS") == "1" {
		require.FailNow(t, program+" is required and not installed")
	}
	t.Skipf("to run this test: apt-get install -y --no-install-recommends %s", program)
}

func write(t testing.TB, path, text string) {
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	require.NoError(t, os.Chmod(filepath.Dir(path), 0o755))
}

func freePort(t testing.TB) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
