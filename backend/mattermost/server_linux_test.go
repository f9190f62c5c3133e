package mattermost_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
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

	"github.com/mattermost/mattermost-server/v6/model"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

const (
	serverModule  = "github.com/mattermost/mattermost-server/v6"
	serverVersion = "6.7.2"
	password      = "Correct-horse-1"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		shared.stop()
		os.Exit(code)
	}))
}

// server is a real Mattermost with its database, both on loopback.
type server struct {
	url   string
	dir   string
	admin *model.Client4
	team  *model.Team

	once      sync.Once
	err       error
	missing   string // what has to be installed
	processes []*exec.Cmd
	start     func() error // of Mattermost alone
}

// shared is the server of all tests in this package, started by the first that needs it.
var shared server

// realServer returns the server, or skips the test where it cannot be had.
func realServer(t testing.TB) *server {
	t.Helper()
	if testing.Short() || os.Getenv("REQUIRE_REAL_SERVERS") != "1" {
		t.Skip("to run this test, which builds a server of its own: REQUIRE_REAL_SERVERS=1 go test ./backend/mattermost")
	}
	shared.once.Do(shared.launch)
	require.Empty(t, shared.missing, "no Mattermost server to test against")
	require.NoError(t, shared.err)
	return &shared
}

func (s *server) launch() {
	postgres, err := findPostgres()
	if err != nil {
		s.missing = "apt-get install -y --no-install-recommends postgresql"
		return
	}
	binary, source, err := buildServer()
	if err != nil {
		s.missing = err.Error()
		return
	}
	s.err = s.run(postgres, binary, source)
}

func (s *server) run(postgres, binary, source string) (err error) {
	if s.dir, err = os.MkdirTemp("", "mattermost-test-"); err != nil {
		return err
	}
	dsn, err := s.startDatabase(postgres)
	if err != nil {
		return err
	}
	for _, name := range []string{"i18n", "templates", "fonts"} {
		if err := os.Symlink(filepath.Join(source, name), filepath.Join(s.dir, name)); err != nil {
			return err
		}
	}
	for _, name := range []string{"client", "config", "data"} {
		if err := os.Mkdir(filepath.Join(s.dir, name), 0o755); err != nil {
			return err
		}
	}
	port := freePort()
	s.url = "http://127.0.0.1:" + port
	settings := map[string]string{
		"SQLSETTINGS_DRIVERNAME":                          "postgres",
		"SQLSETTINGS_DATASOURCE":                          dsn,
		"SERVICESETTINGS_LISTENADDRESS":                   "127.0.0.1:" + port,
		"SERVICESETTINGS_SITEURL":                         s.url,
		"SERVICESETTINGS_ENABLEBOTACCOUNTCREATION":        "true",
		"SERVICESETTINGS_ENABLEUSERACCESSTOKENS":          "true",
		"SERVICESETTINGS_ENABLESECURITYFIXALERT":          "false",
		"SERVICESETTINGS_ENABLELOCALMODE":                 "false",
		"SERVICESETTINGS_ENABLEINCOMINGWEBHOOKS":          "true",
		"TEAMSETTINGS_MAXUSERSPERTEAM":                    "1000",
		"TEAMSETTINGS_ENABLEOPENSERVER":                   "true",
		"PLUGINSETTINGS_ENABLE":                           "false",
		"LOGSETTINGS_ENABLEDIAGNOSTICS":                   "false",
		"LOGSETTINGS_ENABLEFILE":                          "false",
		"LOGSETTINGS_CONSOLELEVEL":                        "ERROR",
		"RATELIMITSETTINGS_ENABLE":                        "false",
		"FILESETTINGS_DIRECTORY":                          filepath.Join(s.dir, "data"),
		"FILESETTINGS_MAXFILESIZE":                        "1048576",
		"EMAILSETTINGS_SENDEMAILNOTIFICATIONS":            "false",
		"ANNOUNCEMENTSETTINGS_ADMINNOTICESENABLED":        "false",
		"ANNOUNCEMENTSETTINGS_USERNOTICESENABLED":         "false",
		"SERVICESETTINGS_ENABLETESTING":                   "false",
		"SERVICESETTINGS_ENABLELINKPREVIEWS":              "false",
		"TEAMSETTINGS_EXPERIMENTALENABLEAUTOMATICREPLIES": "false",
	}
	env := os.Environ()
	for key, value := range settings {
		env = append(env, "MM_"+key+"="+value)
	}
	s.start = func() error {
		if err := s.spawn(nil, env, binary, "server"); err != nil {
			return err
		}
		return await(func() bool {
			_, _, err := s.client().GetPing()
			return err == nil
		})
	}
	if err := s.start(); err != nil {
		return err
	}
	return s.populate()
}

// startDatabase returns the address of a new database. PostgreSQL refuses to run as root.
func (s *server) startDatabase(bin string) (dsn string, err error) {
	data := filepath.Join(s.dir, "pg")
	if err := os.Mkdir(data, 0o700); err != nil {
		return "", err
	}
	var as *syscall.Credential
	if os.Geteuid() == 0 {
		if err := os.Chmod(s.dir, 0o755); err != nil {
			return "", err
		}
		u, err := user.Lookup("postgres")
		if err != nil {
			return "", err
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		if err := os.Chown(data, uid, gid); err != nil {
			return "", err
		}
		as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	init := exec.Command(filepath.Join(bin, "initdb"), "-A", "trust", "-U", "mm", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "-D", data)
	init.SysProcAttr, init.Dir = &syscall.SysProcAttr{Credential: as}, data
	if out, err := init.CombinedOutput(); err != nil {
		return "", fmt.Errorf("initdb: %w: %s", err, out)
	}
	port := freePort()
	err = s.spawn(as, os.Environ(), filepath.Join(bin, "postgres"), "-D", data, "-h", "127.0.0.1", "-p", port, "-k", data, "-c", "fsync=off")
	if err != nil {
		return "", err
	}
	return "postgres://mm@127.0.0.1:" + port + "/postgres?sslmode=disable&connect_timeout=10", await(func() bool {
		return exec.Command(filepath.Join(bin, "pg_isready"), "-h", "127.0.0.1", "-p", port).Run() == nil
	})
}

// spawn starts a process that ends with the tests.
func (s *server) spawn(as *syscall.Credential, env []string, name string, args ...string) error {
	log, err := os.OpenFile(filepath.Join(s.dir, filepath.Base(name)+".log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = s.dir, env, log, log
	if as != nil {
		cmd.Dir = filepath.Join(s.dir, "pg")
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return err
	}
	s.processes = append(s.processes, cmd)
	return nil
}

// kill ends Mattermost at once and keeps the database.
func (s *server) kill() {
	last := s.processes[len(s.processes)-1]
	s.processes = s.processes[:len(s.processes)-1]
	_ = last.Process.Kill()
	_ = last.Wait()
}

func (s *server) stop() {
	for len(s.processes) > 0 {
		s.kill()
	}
	if s.dir != "" {
		_ = os.RemoveAll(s.dir)
	}
}

// populate makes the administrator, who is the first account, and the team.
func (s *server) populate() error {
	s.admin = s.client()
	if _, _, err := s.admin.CreateUser(&model.User{Username: "root", Email: "root@example.com", Password: password}); err != nil {
		return err
	}
	if _, _, err := s.admin.Login("root", password); err != nil {
		return err
	}
	var err error
	s.team, _, err = s.admin.CreateTeam(&model.Team{Name: "main", DisplayName: "Main", Type: model.TeamOpen, AllowOpenInvite: true})
	return err
}

// client returns a client that keeps no connection, so that it leaves no goroutine.
func (s *server) client() *model.Client4 {
	c := model.NewAPIv4Client(s.url)
	c.HTTPClient = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute}
	return c
}

func await(ready func() bool) error {
	deadline := time.NewTimer(2 * time.Minute)
	defer deadline.Stop()
	tick := time.NewTicker(100 * time.Millisecond)
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

func findPostgres() (bin string, err error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) > 0 {
		return filepath.Dir(found[len(found)-1]), nil
	}
	path, err := exec.LookPath("initdb")
	return filepath.Dir(path), err
}

// buildServer returns the server's binary, which is built once and kept in the folder that
// MATTERMOST_TEST_CACHE names, or in the user's cache, and the folder of its sources.
func buildServer() (binary, source string, err error) {
	const module = "internal/server"
	list := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", serverModule)
	list.Dir = module
	out, err := list.Output()
	if source = strings.TrimSpace(string(out)); err != nil || source == "" {
		return "", "", fmt.Errorf("cd backend/mattermost/%s && go mod download: %w", module, err)
	}
	cache := os.Getenv("MATTERMOST_TEST_CACHE")
	if cache == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return "", "", err
		}
		cache = filepath.Join(base, "errbot-go")
	}
	binary = filepath.Join(cache, "mattermost-"+serverVersion)
	if _, err := os.Stat(binary); err == nil {
		return binary, source, nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", "", err
	}
	part := binary + "." + strconv.Itoa(os.Getpid())
	build := exec.Command("go", "build", "-trimpath", "-o", part, serverModule+"/cmd/mattermost")
	build.Dir, build.Env = module, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", "", fmt.Errorf("build the server: %w: %s", err, out)
	}
	return binary, source, os.Rename(part, binary)
}
