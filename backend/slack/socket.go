package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/go-errbot/errbot/backend"
)

const (
	frameSize    = 8 << 20 // bytes
	writeTimeout = 10 * time.Second
)

// socket is one websocket. Its goroutines end with [socket.close].
type socket struct {
	b       *Backend
	conn    *websocket.Conn
	silence time.Duration // after which Slack is gone
	hello   chan struct{} // closed when Slack has greeted
	leave   chan struct{} // closed when Slack asks for another connection in its place
	gone    chan struct{} // closed when err is set
	err     error         // why there are no more events
	quit    chan struct{} // closed to end both goroutines
	running sync.WaitGroup
}

// open connects, and waits until Slack sends events on the connection.
func (b *Backend) open(ctx context.Context) (*socket, error) {
	address, err := b.address(ctx)
	if err != nil {
		return nil, err
	}
	dialer := websocket.Dialer{
		Proxy:            http.ProxyFromEnvironment,
		TLSClientConfig:  b.options.TLS.Clone(),
		HandshakeTimeout: b.options.Timeout,
	}
	conn, resp, err := dialer.DialContext(ctx, address, nil)
	if resp != nil {
		defer resp.Body.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("slack: open the websocket: %w", withoutURL(err))
	}
	s := &socket{
		b:       b,
		conn:    conn,
		silence: 2 * b.options.Timeout,
		hello:   make(chan struct{}),
		leave:   make(chan struct{}),
		gone:    make(chan struct{}),
		quit:    make(chan struct{}),
	}
	conn.SetReadLimit(frameSize)
	s.heard()
	conn.SetPongHandler(func(string) error { s.heard(); return nil })
	conn.SetPingHandler(func(data string) error {
		s.heard()
		_ = conn.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(writeTimeout))
		return nil // what cannot be written shows itself at the next read
	})
	s.running.Go(s.read)
	s.running.Go(func() { s.keepAlive(b.options.Timeout) })
	select {
	case <-s.hello:
		return s, nil
	case <-s.gone: // at the latest when it was silent for too long
		err = s.err
	case <-ctx.Done():
		err = ctx.Err()
	}
	s.close()
	return nil, err
}

// address asks for the address of a new websocket.
func (b *Backend) address(ctx context.Context) (address string, err error) {
	err = patiently(ctx, func() (err error) {
		_, address, err = b.api.StartSocketModeContext(ctx)
		return check(ctx, "open a connection", err)
	})
	if err != nil {
		return "", refused("app_token", err)
	}
	if strings.HasPrefix(b.options.APIURL, "https:") && !strings.HasPrefix(address, "wss:") {
		return "", errors.New("slack: open a connection: the address of the websocket is not encrypted")
	}
	return address, nil
}

// heard notes that Slack is alive. It is for the reading goroutine.
func (s *socket) heard() { _ = s.conn.SetReadDeadline(time.Now().Add(s.silence)) }

// read takes in what Slack sends until the connection ends.
func (s *socket) read() {
	defer close(s.gone)
	for {
		_, data, err := s.conn.ReadMessage()
		if err != nil {
			s.err = fmt.Errorf("slack: the websocket has ended: %w", err)
			return
		}
		s.heard()
		e := &envelope{}
		if err := json.Unmarshal(data, e); err != nil {
			s.err = fmt.Errorf("slack: read from the websocket: %w", err)
			return
		}
		if s.err = s.receive(e); s.err != nil {
			return
		}
	}
}

// receive queues an event and then acknowledges it; it does not wait for what the event
// leads to. Slack expects that within three seconds.
func (s *socket) receive(e *envelope) error {
	switch e.Type {
	case "hello":
		closeOnce(s.hello)
		return nil
	case "disconnect":
		return s.dismissed(e.Reason)
	}
	if e.ID == "" {
		return nil
	}
	select {
	case s.b.inbox <- e:
	case <-s.quit:
		return errNotConnected
	}
	_ = s.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	if err := s.conn.WriteJSON(ack{e.ID}); err != nil {
		return fmt.Errorf("slack: write to the websocket: %w", err)
	}
	return nil
}

// dismissed deals with Slack's wish to end the connection. Mostly it moves connections to
// other servers, or gives notice some seconds before it does.
func (s *socket) dismissed(reason string) error {
	if reason == "link_disabled" {
		return fmt.Errorf("%w: Socket Mode has been switched off for the app", backend.ErrRefused)
	}
	closeOnce(s.leave)
	return nil
}

// closeOnce closes a channel that only the calling goroutine closes.
func closeOnce(c chan struct{}) {
	select {
	case <-c:
	default:
		close(c)
	}
}

// keepAlive asks from time to time whether Slack is there; the answers are what keeps the
// reading goroutine from giving up.
func (s *socket) keepAlive(every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			_ = s.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeTimeout))
		case <-s.quit:
			return
		}
	}
}

// close ends the connection and waits for its goroutines. What has not been acknowledged
// comes again with another one.
func (s *socket) close() {
	close(s.quit)
	_ = s.conn.WriteControl(websocket.CloseMessage,
		websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second))
	_ = s.conn.Close()
	s.running.Wait()
}
