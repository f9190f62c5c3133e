package st2test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/go-errbot/errbot/st2/st2test/internal/access"
	"github.com/go-errbot/errbot/st2/st2test/internal/aliases"
	"github.com/go-errbot/errbot/st2/st2test/internal/aliasformat"
	"github.com/go-errbot/errbot/st2/st2test/internal/events"
	"github.com/go-errbot/errbot/st2/st2test/internal/hold"
	"github.com/go-errbot/errbot/st2/st2test/internal/idle"
	"github.com/go-errbot/errbot/st2/st2test/internal/packs"
	"github.com/go-errbot/errbot/st2/st2test/internal/rbac"
	"github.com/go-errbot/errbot/st2/st2test/internal/rules"
)

// T is what [New] needs of a [testing.TB].
type T interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// Server is a StackStorm in memory. Make one with [New], [Start] or [NewServer].
type Server struct {
	settings
	accounts   *access.Accounts
	aliases    *aliases.List
	rbac       *rbac.Policy
	actions    *actions
	rules      *rules.List
	executions *executions
	bus        *events.Bus
	faults     *faultState
	requests   *requestLog
	shop       packs.Shop
	asked      inquiryHooks
	triggers   rules.Instances
	held       hold.Gate
	services   map[string]*http.ServeMux

	life   context.Context // ends with Close
	end    context.CancelFunc
	work   sync.WaitGroup // handlers and executions
	slots  chan struct{}  // executions that run
	idle   idle.Counter
	closer sync.Once
	unuse  func() // of the format language

	mu      sync.Mutex // guards what follows
	address string
	memory  *pipes // the listener, of a server in memory
	http    *http.Server
	served  chan struct{} // closed when http has ended
	closed  bool
}

// maxRunning is how many executions run at once; the others wait as requested.
const maxRunning = 64

// New starts a server for a test, which its end closes.
func New(t T, options ...Option) *Server {
	t.Helper()
	s, err := Start(options...)
	if err != nil {
		t.Fatalf("starting StackStorm in memory: %v", err)
	}
	t.Cleanup(s.Close)
	return s
}

// Start starts a server that listens. The caller closes it.
func Start(options ...Option) (*Server, error) {
	s := NewServer(options...)
	if err := s.Start(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// NewServer returns a server that does not listen: it answers through [Server.ServeHTTP],
// or after [Server.Start]. The caller closes it.
func NewServer(options ...Option) *Server {
	s := &Server{settings: defaults(), slots: make(chan struct{}, maxRunning), unuse: aliasformat.Use()}
	for _, option := range options {
		option(&s.settings)
	}
	s.life, s.end = context.WithCancel(context.Background())
	s.accounts = access.New()
	s.aliases = &aliases.List{}
	s.rbac = &rbac.Policy{}
	s.actions = newActions()
	s.rules = &rules.List{}
	s.executions = newExecutions(s.maxExecutions)
	s.bus = &events.Bus{}
	s.faults = &faultState{}
	s.requests = &requestLog{}
	s.services = s.routes()
	s.AddUser(s.account, s.password)
	s.setRoles()
	s.ship()
	return s
}

// Start listens, after [NewServer] or [Server.Stop], and after the latter at the same
// address as before. It does nothing when the server listens already.
func (s *Server) Start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errors.New("starting StackStorm in memory: it was closed")
	}
	if s.http != nil {
		return nil
	}
	listener, err := s.listenLocked()
	if err != nil {
		return fmt.Errorf("starting StackStorm in memory: %w", err)
	}
	s.address = listener.Addr().String()
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		// Half-open connections and aborted answers are what this server is for.
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	served := make(chan struct{})
	s.http, s.served = server, served
	go func() {
		defer close(served)
		_ = server.Serve(listener) // ends with Stop, and always with an error
	}()
	return nil
}

func (s *Server) listenLocked() (net.Listener, error) {
	if s.inMemory {
		s.memory = newPipes()
		return s.memory, nil
	}
	address := s.listen
	if s.address != "" {
		address = s.address
	}
	var config net.ListenConfig
	return config.Listen(context.Background(), "tcp", address)
}

// Stop stops listening and cuts all connections, as a host that goes down: clients see
// streams end without a last chunk, and then refused connections. Executions go on, but
// nobody hears of them. [Server.Start] comes back at the same address.
func (s *Server) Stop() {
	s.mu.Lock()
	server, served := s.http, s.served
	s.http, s.served = nil, nil
	s.mu.Unlock()
	if server == nil {
		return
	}
	_ = server.Close() // the listener is ours: nothing to do about an error
	<-served
}

// Close stops the server for good, cancels what still runs and waits for it.
func (s *Server) Close() {
	s.closer.Do(func() {
		s.mu.Lock()
		s.closed = true
		s.mu.Unlock()
		s.end()
		s.Stop()
		s.work.Wait()
		s.unuse()
	})
}

// enter counts a handler or an execution, so that Close waits for it. It reports false
// when the server was closed; otherwise the caller calls s.work.Done.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.work.Add(1)
	return true
}

// URL returns the address under which /auth, /api and /stream are, without a slash at
// its end. It is "http://" alone before the first [Server.Start].
func (s *Server) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return "http://" + s.address
}

// AuthURL returns the base of the auth service, "http://…/auth/v1".
func (s *Server) AuthURL() string { return s.URL() + "/auth/v1" }

// APIURL returns the base of the API, "http://…/api/v1".
func (s *Server) APIURL() string { return s.URL() + "/api/v1" }

// StreamURL returns the base of the stream service, "http://…/stream/v1"; the events
// are at its /stream.
func (s *Server) StreamURL() string { return s.URL() + "/stream/v1" }
