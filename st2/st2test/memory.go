package st2test

import (
	"context"
	"net"
	"net/http"
	"sync"
	"syscall"
)

// InMemory makes the server listen in memory instead of on the network: inside
// testing/synctest, waiting for the network would keep time from passing. It is reached with
// [Server.Dial] and [Server.Transport], under the addresses that [Server.URL] and its like
// return.
func InMemory() Option { return func(s *settings) { s.inMemory = true } }

// memoryAddress is where a server in memory says it is.
var memoryAddress = net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9100}

// pipes is a listener in memory. Each connection is a [net.Pipe].
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

// Accept implements [net.Listener].
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close implements [net.Listener].
func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

// Addr implements [net.Listener].
func (p *pipes) Addr() net.Addr { return &memoryAddress }

func (p *pipes) dial(ctx context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-p.closed:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: &memoryAddress, Err: syscall.ECONNREFUSED}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Dial opens a connection to the server, whatever the address; it is a DialContext for an
// [http.Transport]. A server that does not listen refuses it, as a host without one does.
func (s *Server) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	s.mu.Lock()
	memory, address := s.memory, s.address
	s.mu.Unlock()
	if memory != nil {
		return memory.dial(ctx)
	}
	var dialer net.Dialer
	return dialer.DialContext(ctx, "tcp", address)
}

// Transport returns a transport for requests to the server, wherever it listens. The caller
// closes its idle connections; in a synctest bubble it has to before the bubble ends.
func (s *Server) Transport() *http.Transport { return &http.Transport{DialContext: s.Dial} }
