package mattermost

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/mattermost/mattermost-server/v6/model"
)

const (
	frameSize    = 8 << 20 // bytes; a post's properties alone may have 3 MB
	eventBuffer  = 4096    // events that wait while the gap is filled
	writeTimeout = 10 * time.Second
)

// socket is one websocket. Its goroutines end with [socket.close].
type socket struct {
	conn    *websocket.Conn
	silence time.Duration              // after which the server is gone
	events  chan *model.WebSocketEvent // closed at the end
	err     error                      // why there are no more events
	gone    chan struct{}              // closed when err is set
	opened  moment
	quit    chan struct{} // closed to end both goroutines
	running sync.WaitGroup
}

// moment is when a connection was made, on the server's clock.
type moment struct {
	at    int64         // ms since 1970
	ahead time.Duration // the server's clock, less ours
}

// now returns the server's time.
func (m moment) now() time.Time { return time.Now().Add(m.ahead) }

// resumption lets the server go on with an earlier websocket where it stopped: it keeps
// its latest events for a while. What it has no longer is filled in from the history.
type resumption struct {
	id       string
	sequence int64 // of the next event
}

// next notes that e has been dealt with, and reports whether events before it are missing.
func (r *resumption) next(e *model.WebSocketEvent) (skipped bool) {
	if e.EventType() == model.WebsocketEventHello {
		r.id, _ = e.GetData()["connection_id"].(string)
	} else {
		skipped = e.GetSequence() > r.sequence
	}
	r.sequence = e.GetSequence() + 1
	return skipped
}

// open connects, and waits for the server's answer to a request: the server upgrades
// connections without a valid session, too, and just stays silent then.
func (b *Backend) open(ctx context.Context) (*socket, error) {
	dialer := websocket.Dialer{
		Proxy:            http.ProxyFromEnvironment,
		TLSClientConfig:  b.options.TLS.Clone(),
		HandshakeTimeout: b.options.Timeout,
	}
	address := fmt.Sprintf("ws%s%s/websocket?connection_id=%s&sequence_number=%d",
		strings.TrimPrefix(b.options.Server, "http"), model.APIURLSuffix, b.resume.id, b.resume.sequence)
	header := http.Header{"Authorization": {"Bearer " + b.known().token}}
	conn, resp, err := dialer.DialContext(ctx, address, header)
	if resp != nil {
		defer resp.Body.Close()
	}
	if err != nil {
		if resp != nil {
			err = fmt.Errorf("%w (status %d)", err, resp.StatusCode)
		}
		return nil, fmt.Errorf("mattermost: open the websocket: %w", err)
	}
	s := &socket{
		conn:    conn,
		silence: 2 * b.options.Timeout,
		events:  make(chan *model.WebSocketEvent, eventBuffer),
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
	answered := make(chan int64, 1)
	s.running.Go(func() { s.read(answered) })
	s.running.Go(func() { s.keepAlive(b.options.Timeout) })
	if err := s.hello(ctx, answered); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// hello asks the server for an answer and waits for it.
func (s *socket) hello(ctx context.Context, answered <-chan int64) error {
	request := model.WebSocketRequest{Seq: 1, Action: "ping"}
	if err := s.conn.WriteJSON(&request); err != nil {
		return fmt.Errorf("mattermost: write to the websocket: %w", err)
	}
	select {
	case now := <-answered:
		s.opened = moment{now, time.Until(time.UnixMilli(now))}
		return nil
	case <-s.gone: // at the latest when it was silent for too long
		return s.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// heard notes that the server is alive. It is for the reading goroutine.
func (s *socket) heard() { _ = s.conn.SetReadDeadline(time.Now().Add(s.silence)) }

// read passes events on until the connection ends. When the server grants the first
// request, its time goes to answered.
func (s *socket) read(answered chan<- int64) {
	defer close(s.gone)
	defer close(s.events)
	for {
		_, data, err := s.conn.ReadMessage()
		if err != nil {
			s.err = fmt.Errorf("mattermost: the websocket has ended: %w", err)
			return
		}
		s.heard()
		if e, err := model.WebSocketEventFromJSON(bytes.NewReader(data)); err == nil && e.IsValid() {
			select {
			case s.events <- e:
				continue
			case <-s.quit:
				s.err = errNotConnected
				return
			}
		}
		var response model.WebSocketResponse
		if err := json.Unmarshal(data, &response); err != nil {
			s.err = fmt.Errorf("mattermost: read from the websocket: %w", err)
			return
		}
		if response.Status == model.StatusFail {
			s.err = fmt.Errorf("mattermost: the websocket refuses the session: %w", response.Error)
			return
		}
		now, _ := response.Data["server_time"].(float64)
		select {
		case answered <- int64(now):
		default: // nothing else is ever asked
		}
	}
}

// keepAlive asks the server from time to time whether it is there; the answers are what
// keeps the reading goroutine from giving up.
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

// close ends the connection and waits for its goroutines.
func (s *socket) close() {
	close(s.quit)
	_ = s.conn.WriteControl(websocket.CloseMessage,
		websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second))
	_ = s.conn.Close()
	s.running.Wait()
}
