package xmpp

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	mellium "mellium.im/xmpp"

	"github.com/go-errbot/errbot/backend"
)

const (
	loginTimeout = 60 * time.Second
	// quitTimeout is how long a good-bye may take.
	quitTimeout = time.Second
	// maxEarly bounds what arrives before the host knows of a connection: what people said
	// while the bot was away, which is not acted upon.
	maxEarly = 1000
)

// conn is one connection. Its methods may be called from several goroutines.
type conn struct {
	*Backend
	wire    *wire
	session *mellium.Session
	events  backend.Sink
	since   time.Time
	resumed bool
	heard   atomic.Int64 // when the server last said something, in Unix nanoseconds

	stop   sync.Once
	life   context.Context // of everything that belongs to the connection
	closed <-chan struct{} // closed when the connection has ended
	end    context.CancelFunc
	err    error // why it ended; to be read when closed is
	tasks  sync.WaitGroup

	early struct { // what arrives before the host knows of the connection
		mu     sync.Mutex
		live   bool
		events []backend.Event
	}

	wake chan struct{} // tells the writer that there is something to write

	mu       sync.Mutex
	dead     bool // nothing is written or begun any more
	queue    []*outgoing
	answer   bool                // the server asks what has been handled
	answered uint32              // what it was told
	bye      bool                // the stream is to be closed
	again    []byte              // what the server of a resumed session has not got
	pending  map[string]chan *iq // questions, by id
}

// connect opens a connection, up to where stanzas can be sent. What is sent is written, and
// what arrives is read, after start.
func (b *Backend) connect(ctx context.Context, events backend.Sink) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, loginTimeout)
	defer cancel()
	w, err := b.options.dial(ctx)
	if err != nil {
		return nil, err
	}
	session, o, err := b.login(ctx, w)
	if err != nil {
		_ = w.Close()
		return nil, err
	}
	life, end := context.WithCancel(context.Background())
	c := &conn{
		Backend: b,
		wire:    w,
		session: session,
		events:  events,
		since:   time.Now(),
		resumed: o.resumed,
		life:    life,
		closed:  life.Done(),
		end:     end,
		wake:    make(chan struct{}, 1),
		pending: map[string]chan *iq{},
	}
	c.heard.Store(c.since.UnixNano())
	if !o.resumed {
		b.stream.begin(o)
		b.begin(o.address)
		return c, nil
	}
	if c.again, err = b.stream.resume(*o.handled); err != nil {
		_ = w.Close()
		end()
		b.stream.abandon(errInDoubt)
		return nil, fmt.Errorf("resume the session: %w", err)
	}
	c.rouse()
	return c, nil
}

// close ends the connection. The first reason counts.
func (c *conn) close(err error) {
	c.stop.Do(func() {
		c.err = err
		c.mu.Lock()
		c.dead = true
		c.mu.Unlock()
		c.end()
		_ = c.wire.Close()
	})
}

// start runs the connection's goroutines. They end when it is closed.
func (c *conn) start() {
	c.tasks.Go(c.read)
	c.tasks.Go(c.write)
	c.tasks.Go(c.watch)
}

// finish waits for the connection's goroutines and gives back what was not written.
func (c *conn) finish() {
	c.tasks.Wait()
	c.mu.Lock()
	unwritten := c.queue
	c.queue = nil
	c.mu.Unlock()
	for _, x := range unwritten {
		x.settle(notTaken())
	}
	c.stream.pause()
}

// background runs task as long as the connection lasts; not at all when it has ended.
func (c *conn) background(task func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.dead {
		c.tasks.Go(task)
	}
}

// appear makes the bot somebody to whom people can speak, and waits until it is: the server
// answers what is asked behind it, if only with an error.
func (c *conn) appear(ctx context.Context) {
	c.announce()
	_, _ = c.ask(ctx, &iq{Type: "get", To: c.options.account.Domainpart(), Ping: &empty{}})
}

// goLive tells the host of the connection, and then what has arrived before.
func (c *conn) goLive() {
	c.events.Connected()
	c.early.mu.Lock()
	defer c.early.mu.Unlock()
	for _, e := range c.early.events {
		c.events.Receive(e)
	}
	c.early.live, c.early.events = true, nil
}

// pass passes an event to the host, or keeps it until the host knows of the connection.
func (c *conn) pass(e backend.Event) {
	c.early.mu.Lock()
	defer c.early.mu.Unlock()
	switch {
	case c.early.live:
		c.events.Receive(e)
	case len(c.early.events) < maxEarly:
		c.early.events = append(c.early.events, e)
	}
}

// read handles what the server says until the connection ends.
func (c *conn) read() {
	tokens := c.session.TokenReader()
	defer func() { _ = tokens.Close() }()
	d := xml.NewTokenDecoder(tokens)
	for {
		c.wire.allow()
		start, err := nextStart(d)
		if err == nil {
			c.heard.Store(time.Now().UnixNano())
			err = c.element(d, &start)
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = errors.New("the server has closed the connection")
			}
			c.close(fmt.Errorf("the connection has ended: %w", err))
			return
		}
	}
}

// element handles one element of the server's stream.
func (c *conn) element(d *xml.Decoder, start *xml.StartElement) error {
	switch start.Name {
	case xml.Name{Space: nsClient, Local: "message"}:
		return take(c, d, start, c.message)
	case xml.Name{Space: nsClient, Local: "presence"}:
		return take(c, d, start, c.presence)
	case xml.Name{Space: nsClient, Local: "iq"}:
		return take(c, d, start, c.iq)
	case xml.Name{Space: nsManagement, Local: "r"}:
		c.mu.Lock()
		c.answer = true
		c.mu.Unlock()
		c.rouse()
	case xml.Name{Space: nsManagement, Local: "a"}:
		if err := c.confirmed(attribute(start, "h")); err != nil {
			return err
		}
	}
	return d.Skip()
}

// take reads one stanza, handles it and counts it.
func take[T any](c *conn, d *xml.Decoder, start *xml.StartElement, handle func(s *T)) error {
	var s T
	if err := d.DecodeElement(&s, start); err != nil {
		return err
	}
	handle(&s)
	c.stream.count()
	return nil
}

// confirmed handles that the server has handled so many stanzas.
func (c *conn) confirmed(number string) error {
	n, err := strconv.ParseUint(number, 10, 32)
	if err != nil {
		return fmt.Errorf("the server confirms %q stanzas", number)
	}
	return c.stream.confirm(uint32(n))
}

// watch ends a connection on which nothing arrives any more.
func (c *conn) watch() {
	tick := time.NewTicker(c.options.Keepalive / 2)
	defer tick.Stop()
	asked := false
	for {
		select {
		case <-tick.C:
		case <-c.closed:
			return
		}
		switch silent := time.Since(time.Unix(0, c.heard.Load())); {
		case silent > 2*c.options.Keepalive:
			c.close(fmt.Errorf("the server has said nothing for %v", silent.Round(time.Second)))
			return
		case silent < c.options.Keepalive:
			asked = false
		case !asked:
			c.tell(&iq{Type: "get", ID: newID(), Ping: &empty{}})
			asked = true
		}
	}
}

// quit says good-bye, so that the server forgets the session, and ends the connection.
func (c *conn) quit() {
	c.tell(&presence{Type: "unavailable"})
	c.mu.Lock()
	c.answer, c.bye = c.stream.isManaged(), true // what is not confirmed would be kept for the next session
	c.mu.Unlock()
	c.rouse()
	timeout := time.NewTimer(quitTimeout)
	defer timeout.Stop()
	select {
	case <-c.closed: // the server has said good-bye as well
	case <-timeout.C:
		c.close(errors.New("stopped"))
	}
	c.stream.abandon(errInDoubt)
}

// alive reports whether the connection has not ended.
func (c *conn) alive() bool { return c.life.Err() == nil }
