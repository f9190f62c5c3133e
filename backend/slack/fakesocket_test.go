package slack_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// parcel is an envelope that is sent until it is acknowledged.
type parcel struct {
	id       string
	body     object
	attempts int
}

type fakeSocket struct {
	conn  *websocket.Conn
	queue chan any
	gone  chan struct{}
	once  sync.Once
}

func (s *fakeSocket) close() {
	s.once.Do(func() {
		close(s.gone)
		_ = s.conn.NetConn().Close()
	})
}

// send sends an envelope. The caller holds the lock.
func (w *workspace) send(kind string, payload object) {
	if len(w.sockets) == 0 && w.lossy {
		return
	}
	id := w.next("envelope-")
	p := &parcel{id: id, body: object{
		"envelope_id": id, "type": kind, "payload": payload, "accepts_response_payload": kind != "events_api",
	}}
	w.pending = append(w.pending, p)
	w.deliver(p)
}

// deliver sends a parcel through the oldest socket, if there is one.
func (w *workspace) deliver(p *parcel) {
	if len(w.sockets) == 0 {
		return
	}
	body := object{"retry_attempt": p.attempts, "retry_reason": ""}
	for k, v := range p.body {
		body[k] = v
	}
	p.attempts++
	w.sockets[0].queue <- body
}

// again sends everything that is not acknowledged once more, and what says is, too.
func (w *workspace) again(more ...*parcel) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range append(slices.Clone(w.pending), more...) {
		w.deliver(p)
	}
}

// socket serves a websocket.
func (w *workspace) socket(rw http.ResponseWriter, r *http.Request) {
	ticket := r.URL.Query().Get("ticket")
	w.mu.Lock()
	good := w.tickets[ticket]
	delete(w.tickets, ticket)
	w.mu.Unlock()
	if !good {
		http.Error(rw, "no ticket", http.StatusForbidden)
		return
	}
	upgrader := websocket.Upgrader{}
	conn, err := upgrader.Upgrade(rw, r, nil)
	if err != nil {
		return
	}
	s := &fakeSocket{conn: conn, queue: make(chan any, 20_000), gone: make(chan struct{})}
	s.queue <- object{"type": "hello", "num_connections": 1, "connection_info": object{"app_id": "A1"}, "debug_info": object{"host": "applink-1"}}
	w.mu.Lock()
	w.sockets = append(w.sockets, s)
	if len(w.sockets) == 1 {
		for _, p := range w.pending {
			w.deliver(p)
		}
	}
	w.mu.Unlock()
	var writing sync.WaitGroup
	writing.Go(s.write)
	if w.mute {
		<-s.gone
	}
	for {
		var ack struct {
			ID string `json:"envelope_id"`
		}
		if err := conn.ReadJSON(&ack); err != nil {
			break
		}
		w.mu.Lock()
		w.pending = slices.DeleteFunc(w.pending, func(p *parcel) bool { return p.id == ack.ID })
		w.mu.Unlock()
	}
	w.mu.Lock()
	w.sockets = slices.DeleteFunc(w.sockets, func(o *fakeSocket) bool { return o == s })
	if len(w.sockets) > 0 { // what it had not acknowledged goes to another one
		for _, p := range w.pending {
			w.deliver(p)
		}
	}
	w.mu.Unlock()
	s.close()
	writing.Wait()
}

func (s *fakeSocket) write() {
	ping := time.NewTicker(time.Minute)
	defer ping.Stop()
	for {
		select {
		case message := <-s.queue:
			if s.conn.WriteJSON(message) != nil {
				return
			}
		case <-ping.C:
			_ = s.conn.WriteControl(websocket.PingMessage, []byte("Ping from applink-1"), time.Now().Add(time.Second))
		case <-s.gone:
			return
		}
	}
}

// cut ends every connection, without a word.
func (w *workspace) cut() {
	w.mu.Lock()
	sockets := w.sockets
	w.sockets = nil
	clear(w.tickets)
	w.mu.Unlock()
	for _, s := range sockets {
		s.close()
	}
	w.server.CloseClientConnections()
}

// dismiss asks the bot to connect anew.
func (w *workspace) dismiss(reason string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.sockets {
		s.queue <- object{"type": "disconnect", "reason": reason, "debug_info": object{"host": "applink-1"}}
	}
}

// unacknowledged returns how many envelopes have not been acknowledged.
func (w *workspace) unacknowledged() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.pending)
}

func (w *workspace) connections() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.sockets)
}

// websocketURL returns the address of a new websocket. The caller holds the lock.
func (w *workspace) websocketURL() string {
	ticket := w.next("ticket-")
	w.tickets[ticket] = true
	return strings.Replace(w.server.URL, "http", "ws", 1) + "/link?ticket=" + ticket
}
