package xmpp_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// server is a real server on loopback that the tests have started.
type server struct {
	name, domain       string
	plain, direct, web int // ports
	account            string
	dir                string
	roots              *x509.CertPool
	command            func() *exec.Cmd
	process            *exec.Cmd
	exited             <-chan struct{}
}

func (s *server) rooms() string   { return "conference." + s.domain }
func (s *server) address() string { return "127.0.0.1:" + strconv.Itoa(s.plain) }

// shared are the servers that run for all tests: ejabberd takes seconds to start.
var shared struct {
	mu      sync.Mutex
	servers map[string]*server
}

var starters = map[string]func(t testing.TB) *server{"prosody": startProsody, "ejabberd": startEjabberd}

// theServer returns the server that all tests share.
func theServer(t testing.TB, name string) *server {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if s := shared.servers[name]; s != nil {
		return s
	}
	s := starters[name](t)
	if shared.servers == nil {
		shared.servers = map[string]*server{}
	}
	shared.servers[name] = s
	return s
}

func stopServers() {
	for _, s := range shared.servers {
		s.stop()
		_ = os.RemoveAll(s.dir)
	}
}

// eachServer runs test on every real server.
func eachServer(t *testing.T, test func(t *testing.T, s *server)) {
	for name := range starters {
		t.Run(name, func(t *testing.T) { test(t, theServer(t, name)) })
	}
}

func startProsody(t testing.TB) *server {
	need(t, "prosody")
	s := newServer(t, "prosody", "xmpp.test.local")
	s.write(t, "prosody.cfg.lua", fmt.Sprintf(`
daemonize = false
pidfile = "%[1]s/pid"
data_path = "%[1]s/data"
log = { info = "%[1]s/log" }
interfaces = { "127.0.0.1" }
local_interfaces = { "127.0.0.1" }
c2s_ports = { %[2]d }
c2s_direct_tls_ports = { %[3]d }
s2s_ports = {}
http_ports = { %[4]d }
https_ports = {}
http_interfaces = { "127.0.0.1" }
modules_enabled = { "roster", "saslauth", "tls", "disco", "ping", "register", "register_ibr", "smacks", "offline", "admin_socket" }
modules_disabled = { "s2s" }
admin_socket = "%[1]s/socket"
allow_registration = true
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "internal_hashed"
smacks_max_queue_size = 5000
ssl = { key = "%[1]s/key.pem", certificate = "%[1]s/cert.pem" }
VirtualHost "%[5]s"
VirtualHost "other.test.local"
Component "%[6]s" "muc"
  modules_enabled = { "muc_mam" }
  restrict_room_creation = false
  muc_room_default_public_jids = true
  muc_room_default_persistent = true
  muc_room_default_change_subject = true
Component "upload.%[5]s" "http_file_share"
  http_external_url = "http://127.0.0.1:%[4]d/"
  http_host = "127.0.0.1"
  http_file_share_size_limit = 1048576
`, s.dir, s.plain, s.direct, s.web, s.domain, s.rooms()))
	s.command = func() *exec.Cmd { return exec.Command("prosody", "--config", filepath.Join(s.dir, "prosody.cfg.lua")) }
	s.start(t)
	return s
}

func startEjabberd(t testing.TB) *server {
	need(t, "ejabberdctl")
	s := newServer(t, "ejabberd", "xmpp2.test.local")
	s.write(t, "ejabberd.yml", fmt.Sprintf(`
hosts: ["%[5]s"]
loglevel: 4
auth_method: internal
auth_password_format: scram
certfiles: ["%[1]s/both.pem"]
listen:
  - {port: %[2]d, ip: "127.0.0.1", module: ejabberd_c2s, starttls: true, starttls_required: false, max_stanza_size: 262144}
  - {port: %[3]d, ip: "127.0.0.1", module: ejabberd_c2s, tls: true, max_stanza_size: 262144}
  - {port: %[4]d, ip: "127.0.0.1", module: ejabberd_http, request_handlers: {/upload: mod_http_upload}}
s2s_access: none
acl: {local: {user_regexp: ""}}
access_rules: {local: {allow: local}, c2s: {allow: all}, muc_create: {allow: all}, register: {allow: all}}
shaper: {normal: 1000000000}
shaper_rules: {max_user_sessions: 100, max_user_offline_messages: 5000, c2s_shaper: none}
registration_timeout: infinity
modules:
  mod_disco: {}
  mod_roster: {}
  mod_ping: {}
  mod_offline: {}
  mod_register: {access: register, ip_access: all, password_strength: 0}
  mod_stream_mgmt: {resend_on_timeout: if_offline, max_ack_queue: infinity}
  mod_http_upload: {docroot: "%[1]s/upload", put_url: "http://127.0.0.1:%[4]d/upload", max_size: 1048576}
  mod_muc:
    host: %[6]s
    access_create: muc_create
    default_room_options: {persistent: true, anonymous: false}
    user_message_shaper: none
`, s.dir, s.plain, s.direct, s.web, s.domain, s.rooms()))
	s.write(t, "ejabberdctl.cfg", fmt.Sprintf("INET_DIST_INTERFACE=127.0.0.1\nEJABBERD_CONFIG_PATH=%[1]s/ejabberd.yml\nCONTRIB_MODULES_CONF_DIR=%[1]s/none\nERL_OPTIONS=\"-env ERL_CRASH_DUMP_BYTES 0\"\n", s.dir))
	s.command = func() *exec.Cmd {
		return exec.Command("ejabberdctl", "--ctl-config", filepath.Join(s.dir, "ejabberdctl.cfg"), "--config-dir", s.dir,
			"--logs", s.dir, "--spool", filepath.Join(s.dir, "spool"), "--node", fmt.Sprintf("test%d@localhost", s.plain), "foreground")
	}
	s.start(t)
	return s
}

// newServer prepares a folder with a certificate.
func newServer(t testing.TB, name, domain string) *server {
	dir, err := os.MkdirTemp("", name)
	require.NoError(t, err)
	s := &server{name: name, domain: domain, dir: dir, account: name, plain: freePort(t), direct: freePort(t), web: freePort(t)}
	for _, folder := range []string{"data", "spool", "upload"} {
		require.NoError(t, os.Mkdir(filepath.Join(dir, folder), 0o755))
	}
	s.certify(t)
	return s
}

// certify makes an authority, and a certificate of it for the server.
func (s *server) certify(t testing.TB) {
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	own := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: s.domain}, DNSNames: []string{s.domain},
		NotBefore: authority.NotBefore, NotAfter: authority.NotAfter, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	ownKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	root, err := x509.CreateCertificate(rand.Reader, authority, authority, rootKey.Public(), rootKey)
	require.NoError(t, err)
	authority, err = x509.ParseCertificate(root)
	require.NoError(t, err)
	cert, err := x509.CreateCertificate(rand.Reader, own, authority, ownKey.Public(), rootKey)
	require.NoError(t, err)
	key, err := x509.MarshalPKCS8PrivateKey(ownKey)
	require.NoError(t, err)
	certText := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}))
	keyText := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
	s.write(t, "cert.pem", certText)
	s.write(t, "key.pem", keyText)
	s.write(t, "both.pem", certText+keyText)
	s.write(t, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root})))
	s.roots = x509.NewCertPool()
	s.roots.AddCert(authority)
}

func (s *server) write(t testing.TB, name, text string) {
	require.NoError(t, os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o644))
}

// start starts the server and waits until it listens. Neither server runs as root; Debian's
// packages have made accounts for them. After a restart Erlang may still know the one before,
// and end at once.
func (s *server) start(t testing.TB) {
	t.Helper()
	late := time.Now().Add(time.Minute)
	s.launch(t)
	for !s.listens() {
		require.True(t, time.Now().Before(late), "the server does not listen")
		select {
		case <-s.exited:
			s.launch(t)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (s *server) launch(t testing.TB) {
	s.process = s.command()
	s.process.Dir = s.dir
	s.process.Env = append(os.Environ(), "ERL_EPMD_ADDRESS=127.0.0.1", "HOME="+s.dir)
	s.process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if os.Getuid() == 0 {
		require.NoError(t, exec.Command("chown", "-R", s.account, s.dir).Run())
		s.process.SysProcAttr.Credential = credential(t, s.account)
	}
	require.NoError(t, s.process.Start())
	process, exited := s.process, make(chan struct{})
	s.exited = exited
	go func() {
		defer close(exited)
		_ = process.Wait()
	}()
}

func credential(t testing.TB, account string) *syscall.Credential {
	u, err := user.Lookup(account)
	require.NoError(t, err)
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	require.NoError(t, err)
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	require.NoError(t, err)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// listens reports whether the server answers.
func (s *server) listens() bool {
	c, err := net.Dial("tcp", s.address())
	if err != nil {
		return false
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Second))
	_, _ = io.WriteString(c, "<?xml version='1.0'?><stream:stream to='"+s.domain+"' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>")
	buffer := make([]byte, 4096)
	var got strings.Builder
	for {
		n, err := c.Read(buffer)
		got.Write(buffer[:n])
		if strings.Contains(got.String(), "mechanisms") {
			return true
		}
		if err != nil {
			return false
		}
	}
}

// quit ends the server as its administrator would, so that it keeps what it knows.
func (s *server) quit(t testing.TB) {
	_ = syscall.Kill(-s.process.Process.Pid, syscall.SIGTERM)
	<-s.exited
	require.Eventually(t, func() bool { return !s.listens() }, time.Minute, 20*time.Millisecond)
	s.process = nil
}

// stop ends the server, however busy it is, and waits until it has gone.
func (s *server) stop() {
	if s.process != nil {
		_ = syscall.Kill(-s.process.Process.Pid, syscall.SIGKILL)
		<-s.exited
		s.process = nil
	}
}

// need skips the test without the program; where real servers are required, it fails.
func need(t testing.TB, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	if os.Getenv("REQUIRE_REAL_SERVERS") == "1" {
		require.FailNow(t, program+" is required and not installed")
	}
	t.Skip("to run this test: apt-get install -y --no-install-recommends prosody ejabberd")
}

func freePort(t testing.TB) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
