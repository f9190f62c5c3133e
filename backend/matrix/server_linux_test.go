package matrix_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

const (
	serverModule  = "github.com/matrix-org/dendrite"
	serverVersion = "0.13.8"
	serverName    = "test.local"
	password      = "Correct-horse-1"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		shared.stop()
		os.Exit(code)
	}))
}

// server is a real homeserver on loopback, with its databases in files.
type server struct {
	url    string
	dir    string
	binary string

	once    sync.Once
	err     error
	missing string // what has to be installed
	process *exec.Cmd
}

// shared is the server of all tests in this package, started by the first that needs it.
var shared server

// realServer returns the server, or skips the test where it cannot be had.
func realServer(t testing.TB) *server {
	t.Helper()
	if testing.Short() || os.Getenv("REQUIRE_REAL_SERVERS") != "1" {
		t.Skip("to run this test, which builds a server of its own: REQUIRE_REAL_SERVERS=1 go test ./backend/matrix")
	}
	shared.once.Do(shared.launch)
	require.Empty(t, shared.missing, "no homeserver to test against")
	require.NoError(t, shared.err)
	return &shared
}

func (s *server) launch() {
	var err error
	if s.binary, err = buildServer(); err != nil {
		s.missing = err.Error()
		return
	}
	if s.dir, s.err = os.MkdirTemp("", "dendrite-test-"); s.err != nil {
		return
	}
	if s.err = s.configure(); s.err == nil {
		s.err = s.start()
	}
}

// configure writes the server's key and its configuration.
func (s *server) configure() error {
	seed := make([]byte, 32)
	_, _ = rand.Read(seed)
	key := pem.EncodeToMemory(&pem.Block{Type: "MATRIX PRIVATE KEY", Headers: map[string]string{"Key-ID": "ed25519:test"}, Bytes: seed})
	if err := os.WriteFile(filepath.Join(s.dir, "key.pem"), key, 0o600); err != nil {
		return err
	}
	var c bytes.Buffer
	fmt.Fprintf(&c, `
version: 2
global:
  server_name: %s
  private_key: key.pem
  disable_federation: true
  presence: {enable_inbound: true, enable_outbound: true}
  jetstream: {storage_path: ./jetstream}
  cache: {max_size_estimated: 64mb}
client_api:
  registration_disabled: false
  rate_limiting: {enabled: false}
media_api:
  base_path: ./media
  max_file_size_bytes: 1048576
  database: {connection_string: "file:media.db"}
logging: [{type: std, level: warn}]
mscs: {database: {connection_string: "file:mscs.db"}}
`, serverName)
	for _, part := range []string{"federation_api", "key_server", "room_server", "sync_api", "relay_api"} {
		fmt.Fprintf(&c, "%[1]s: {database: {connection_string: \"file:%[1]s.db\"}}\n", part)
	}
	fmt.Fprintf(&c, "user_api: {bcrypt_cost: 4, account_database: {connection_string: \"file:user_api.db\"}}\n")
	return os.WriteFile(filepath.Join(s.dir, "dendrite.yaml"), c.Bytes(), 0o600)
}

// start runs the server, which ends with the tests.
func (s *server) start() error {
	address := strings.TrimPrefix(s.url, "http://")
	if address == "" {
		address = "127.0.0.1:" + freePort()
	}
	s.url = "http://" + address
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	s.process = exec.Command(s.binary, "-config", "dendrite.yaml", "-http-bind-address", address, "-really-enable-open-registration")
	s.process.Dir, s.process.Stdout, s.process.Stderr = s.dir, log, log
	s.process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.process.Start(); err != nil {
		return err
	}
	return await(func() bool {
		resp, err := oneShot.Get(s.url + "/_matrix/client/versions")
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
}

// kill ends the server at once; what it has written stays.
func (s *server) kill() {
	if s.process != nil {
		_ = s.process.Process.Kill()
		_ = s.process.Wait()
		s.process = nil
	}
}

func (s *server) stop() {
	s.kill()
	if s.dir != "" {
		_ = os.RemoveAll(s.dir)
	}
}

// oneShot keeps no connection, so that it leaves no goroutine.
var oneShot = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute}

func await(ready func() bool) error {
	deadline := time.NewTimer(2 * time.Minute)
	defer deadline.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !ready() {
		select {
		case <-tick.C:
		case <-deadline.C:
			return context.DeadlineExceeded
		}
	}
	return nil
}

func freePort() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// buildServer returns the server's binary, which is built once and kept in the folder that
// DENDRITE_TEST_CACHE names, or in the user's cache.
func buildServer() (binary string, err error) {
	const module = "internal/server"
	cache := os.Getenv("DENDRITE_TEST_CACHE")
	if cache == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		cache = filepath.Join(base, "errbot-go")
	}
	binary = filepath.Join(cache, "dendrite-"+serverVersion)
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	fetch := exec.Command("go", "mod", "download", serverModule)
	fetch.Dir = module
	if out, err := fetch.CombinedOutput(); err != nil {
		return "", fmt.Errorf("cd backend/matrix/%s && go mod download: %w: %s", module, err, out)
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	part := binary + "." + strconv.Itoa(os.Getpid())
	build := exec.Command("go", "build", "-trimpath", "-o", part, serverModule+"/cmd/dendrite")
	build.Dir, build.Env = module, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the server: %w: %s", err, out)
	}
	return binary, os.Rename(part, binary)
}
