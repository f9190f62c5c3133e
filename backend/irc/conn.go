package irc

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lrstanley/girc"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/internal/quickack"
)

const (
	dialTimeout     = 30 * time.Second
	registerTimeout = 60 * time.Second
	// silence is how long the server may say nothing before it is asked whether it is
	// still there, and again before the connection counts as lost.
	silence = time.Minute
	// quitTimeout is how long a good-bye may take.
	quitTimeout = time.Second
	// maxLine bounds a line of the server's, in bytes: 512, and 8191 of tags.
	maxLine = 16 << 10
	// maxEarly bounds the events between the welcome and the first message.
	maxEarly = 1000
)

// conn is one connection. Its methods may be called from several goroutines.
type conn struct {
	*Backend
	tcp    net.Conn // below TLS
	net    net.Conn
	events backend.Sink

	out    chan *exchange
	tokens atomic.Uint64
	heard  atomic.Int64 // when the server last said something, in Unix nanoseconds
	ctcp   ctcpLimit

	welcome    *handshake    // used by the reader only
	registered chan struct{} // closed when the server has let the bot in

	stop   sync.Once
	life   context.Context // of everything that belongs to the connection
	closed <-chan struct{} // closed when the connection has ended
	end    context.CancelFunc
	err    error // why it ended; to be read when closed is
	tasks  sync.WaitGroup

	identified chan struct{}   // told when NickServ has said something
	replays    map[string]bool // open batches of what was said earlier; used by the reader only

	mu      sync.Mutex
	pending []*exchange     // written and not handled yet, in order
	live    bool            // the host knows of the connection
	early   []backend.Event // what arrived before that
}

// connect opens a connection, without saying anything yet.
func (b *Backend) connect(ctx context.Context, events backend.Sink) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	tcp, err := b.options.Dial(ctx, b.options.Network, b.options.address())
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	wire := tcp
	if b.options.TLS != nil {
		encrypted := tls.Client(tcp, b.options.TLS)
		if err := encrypted.HandshakeContext(ctx); err != nil {
			_ = tcp.Close()
			return nil, fmt.Errorf("connect with TLS: %w", err)
		}
		wire = encrypted
	}
	life, end := context.WithCancel(context.Background())
	c := &conn{
		Backend:    b,
		life:       life,
		closed:     life.Done(),
		end:        end,
		tcp:        tcp,
		net:        wire,
		events:     events,
		out:        make(chan *exchange),
		ctcp:       newCTCPLimit(),
		welcome:    &handshake{nick: b.options.Nick},
		registered: make(chan struct{}),
		identified: make(chan struct{}, 1),
		replays:    map[string]bool{},
	}
	c.heard.Store(time.Now().UnixNano())
	return c, nil
}

// close ends the connection. The first reason counts.
func (c *conn) close(err error) {
	c.stop.Do(func() {
		c.err = err
		c.end()
		_ = c.net.Close()
	})
}

// start runs the connection's goroutines. They end when it is closed.
func (c *conn) start() {
	c.tasks.Go(c.read)
	c.tasks.Go(c.write)
	c.tasks.Go(c.watch)
}

// read handles what the server says until the connection ends.
func (c *conn) read() {
	lines := bufio.NewReaderSize(c.net, maxLine)
	for {
		line, err := lines.ReadSlice('\n')
		if lines.Buffered() == 0 {
			quickack.Acknowledge(c.tcp)
		}
		c.heard.Store(time.Now().UnixNano())
		for skipped := false; errors.Is(err, bufio.ErrBufferFull); line = nil {
			if !skipped {
				c.options.Log.Warn("irc: a line of the server's is too long and skipped", "limit", maxLine)
			}
			skipped = true
			_, err = lines.ReadSlice('\n')
		}
		if err != nil {
			c.close(fmt.Errorf("the connection has ended: %w", err))
			return
		}
		if e := girc.ParseEvent(string(line)); e != nil {
			c.handle(e)
		}
	}
}

// watch ends a connection on which nothing arrives any more, and takes the nick back when
// it has become free.
func (c *conn) watch() {
	tick := time.NewTicker(silence / 2)
	defer tick.Stop()
	for {
		select {
		case <-c.closed:
			return
		case <-tick.C:
		}
		switch quiet := time.Since(time.Unix(0, c.heard.Load())); {
		case quiet >= 2*silence:
			c.close(fmt.Errorf("the server has been silent for %v", quiet.Round(time.Second)))
		case quiet >= silence:
			c.tell(girc.PING, "errbot-alive")
		}
		c.regain()
	}
}

// quit says good-bye and closes the connection.
func (c *conn) quit() {
	ctx, cancel := context.WithTimeout(context.Background(), quitTimeout)
	defer cancel()
	if c.hand(ctx, &exchange{command: &girc.Event{Command: girc.QUIT, Params: []string{"stopped"}}}) == nil {
		select {
		case <-c.closed: // by the server's answer
		case <-ctx.Done():
		}
	}
	c.close(nil)
}

// goLive tells the host that the connection is up, and then what arrived before that.
func (c *conn) goLive() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.events.Connected()
	for _, e := range c.early {
		c.events.Receive(e)
	}
	c.early, c.live = nil, true
}

// pass gives an event to the host, in order.
func (c *conn) pass(e backend.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.live:
		c.events.Receive(e)
	case len(c.early) < maxEarly:
		c.early = append(c.early, e)
	}
}

// isRegistered reports whether the server has let the bot in.
func (c *conn) isRegistered() bool {
	select {
	case <-c.registered:
		return true
	default:
		return false
	}
}

// alive reports whether the connection has not ended.
func (c *conn) alive() bool {
	select {
	case <-c.closed:
		return false
	default:
		return true
	}
}
