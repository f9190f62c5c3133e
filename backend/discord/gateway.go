package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"

	"github.com/go-errbot/errbot/backend"
)

const (
	frameSize    = 32 << 20 // bytes; a large server is told in one event
	eventBuffer  = 4096     // events that wait while a gap is filled
	writeTimeout = 10 * time.Second
	helloTimeout = 30 * time.Second
)

// Operations of the gateway.
const (
	opDispatch       = 0
	opHeartbeat      = 1
	opIdentify       = 2
	opPresence       = 3
	opResume         = 6
	opReconnect      = 7
	opInvalidSession = 9
	opHello          = 10
	opHeartbeatAck   = 11
)

// closeToResume is the code to close with when the session is to go on: 1000 would end it.
const closeToResume = 4000

// session is what lets Discord go on where a connection ended. It is for Run alone.
type session struct {
	id  string
	url string // where to go on
	seq int64  // of the last event that was dealt with
}

// gateway is one websocket. Its goroutines end with [gateway.close].
type gateway struct {
	conn    *websocket.Conn
	every   time.Duration         // between two heartbeats
	events  chan *discordgo.Event // closed at the end
	err     error                 // why there are no more events
	invalid bool                  // the session cannot be resumed; set with err
	seq     atomic.Int64          // of the last event that arrived
	acked   atomic.Bool           // the last heartbeat was answered
	writing sync.Mutex
	quit    chan struct{} // closed to end both goroutines
	running sync.WaitGroup
}

// packet is what a client sends.
type packet struct {
	Op   int `json:"op"`
	Data any `json:"d"`
}

type identify struct {
	Token      string                     `json:"token"`
	Intents    discordgo.Intent           `json:"intents"`
	Large      int                        `json:"large_threshold"` // members, of a server told in parts
	Properties map[string]string          `json:"properties"`
	Presence   discordgo.UpdateStatusData `json:"presence"`
}

type resume struct {
	Token     string `json:"token"`
	SessionID string `json:"session_id"`
	Sequence  int64  `json:"seq"`
}

// open connects, and begins a session or takes the last one up.
func (b *Backend) open(ctx context.Context) (*gateway, error) {
	ctx, cancel := context.WithTimeout(ctx, helloTimeout)
	defer cancel()
	address, err := b.gatewayURL(ctx)
	if err != nil {
		return nil, err
	}
	dialer := websocket.Dialer{Proxy: http.ProxyFromEnvironment, HandshakeTimeout: helloTimeout}
	conn, resp, err := dialer.DialContext(ctx, address+"?v="+discordgo.APIVersion+"&encoding=json", nil)
	if resp != nil {
		defer resp.Body.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("discord: open the gateway: %w", err)
	}
	g := &gateway{
		conn:   conn,
		events: make(chan *discordgo.Event, eventBuffer),
		quit:   make(chan struct{}),
	}
	g.acked.Store(true)
	g.seq.Store(b.session.seq)
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	err = g.hello()
	if err == nil {
		err = b.begin(g)
	}
	stop()
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	g.running.Go(g.read)
	g.running.Go(g.keepAlive)
	return g, nil
}

// gatewayURL returns where to connect to.
func (b *Backend) gatewayURL(ctx context.Context) (string, error) {
	if b.session.id != "" {
		return b.session.url, nil
	}
	info, err := b.rest.GatewayBot(discordgo.WithContext(ctx))
	err = check(ctx, "ask for the gateway", err)
	switch {
	case status(err) == http.StatusUnauthorized:
		return "", fmt.Errorf("%w: Discord does not know the bot's token: reset it in the developer portal and configure the new one", backend.ErrRefused)
	case err != nil:
		return "", err
	case info.SessionStartLimit.Total > 0 && info.SessionStartLimit.Remaining == 0:
		wait := time.Duration(info.SessionStartLimit.ResetAfter) * time.Millisecond
		return "", fmt.Errorf("discord: the account has begun all of its %d sessions of a day; it can go on in %v", info.SessionStartLimit.Total, wait)
	}
	return info.URL, nil
}

// hello reads the first thing that the gateway says.
func (g *gateway) hello() error {
	g.conn.SetReadLimit(frameSize)
	var e discordgo.Event
	var hello struct {
		Interval int64 `json:"heartbeat_interval"`
	}
	if err := g.conn.ReadJSON(&e); err != nil {
		return closed(err)
	}
	if err := json.Unmarshal(e.RawData, &hello); err != nil || e.Operation != opHello || hello.Interval <= 0 {
		return fmt.Errorf("discord: the gateway begins with operation %d instead of a hello", e.Operation)
	}
	g.every = time.Duration(hello.Interval) * time.Millisecond
	return nil
}

// begin starts a session, or takes the last one up.
func (b *Backend) begin(g *gateway) error {
	token := b.options.Token.Reveal()
	if s := b.session; s.id != "" {
		return g.write(packet{opResume, resume{token, s.id, s.seq}})
	}
	return g.write(packet{opIdentify, identify{
		Token:      token,
		Intents:    b.options.intents(),
		Large:      250,
		Properties: map[string]string{"os": runtime.GOOS, "browser": "errbot-go", "device": "errbot-go"},
		Presence:   b.presence(),
	}})
}

// intents are what the gateway is asked to tell.
func (o Options) intents() discordgo.Intent {
	i := discordgo.IntentGuilds | discordgo.IntentGuildMessages | discordgo.IntentGuildMessageReactions |
		discordgo.IntentDirectMessages | discordgo.IntentDirectMessageReactions | discordgo.IntentGuildEmojis
	if !o.WithoutContent {
		i |= discordgo.IntentMessageContent
	}
	if o.Members {
		i |= discordgo.IntentGuildMembers
	}
	if o.Presences {
		i |= discordgo.IntentGuildPresences
	}
	return i
}

// read passes events on until the connection ends.
func (g *gateway) read() {
	defer close(g.events)
	for g.err == nil {
		_ = g.conn.SetReadDeadline(time.Now().Add(2*g.every + helloTimeout))
		e := &discordgo.Event{}
		if err := g.conn.ReadJSON(e); err != nil {
			g.err, g.invalid = closed(err), endsSession(err)
			return
		}
		g.err = g.handle(e)
	}
}

// handle deals with one packet of the gateway's. An error ends the connection.
func (g *gateway) handle(e *discordgo.Event) error {
	switch e.Operation {
	case opDispatch:
		g.seq.Store(e.Sequence)
		select {
		case g.events <- e:
		case <-g.quit:
			return errNotConnected
		}
	case opHeartbeat:
		return g.heartbeat()
	case opHeartbeatAck:
		g.acked.Store(true)
	case opReconnect:
		return errors.New("discord: the gateway asks for a new connection")
	case opInvalidSession:
		g.invalid = strings.TrimSpace(string(e.RawData)) != "true"
		return errors.New("discord: the gateway has ended the session")
	}
	return nil
}

// keepAlive sends heartbeats, and ends a connection on which they are not answered.
func (g *gateway) keepAlive() {
	tick := time.NewTicker(g.every)
	defer tick.Stop()
	for {
		select {
		case <-g.quit:
			return
		case <-tick.C:
		}
		if !g.acked.Swap(false) || g.heartbeat() != nil {
			_ = g.conn.Close() // which is what the reading goroutine sees
			return
		}
	}
}

func (g *gateway) heartbeat() error {
	if seq := g.seq.Load(); seq > 0 {
		return g.write(packet{opHeartbeat, seq})
	}
	return g.write(packet{opHeartbeat, nil})
}

func (g *gateway) write(p packet) error {
	g.writing.Lock()
	defer g.writing.Unlock()
	_ = g.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	if err := g.conn.WriteJSON(p); err != nil {
		return fmt.Errorf("discord: write to the gateway: %w", err)
	}
	return nil
}

// close ends the connection and waits for its goroutines. The code tells Discord whether the
// session is over.
func (g *gateway) close(code int) {
	close(g.quit)
	_ = g.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(time.Second))
	_ = g.conn.Close()
	g.running.Wait()
}

// closed returns why a connection has ended.
func closed(err error) error {
	var c *websocket.CloseError
	if !errors.As(err, &c) {
		return fmt.Errorf("discord: the gateway's connection has ended: %w", err)
	}
	hint := ""
	switch c.Code {
	case 4004:
		hint = "Discord does not know the bot's token: reset it in the developer portal and configure the new one"
	case 4011:
		hint = "the bot is in too many servers for one connection"
	case 4014:
		hint = "in the developer portal, under Bot, Privileged Gateway Intents, switch on Message Content (unless " +
			"message_content is false), Server Members (with members) and Presence (with presences)"
	case 4010, 4012, 4013:
		hint = "the gateway does not accept how the bot connects"
	default:
		return fmt.Errorf("discord: the gateway has closed the connection: code %d %s", c.Code, c.Text)
	}
	return fmt.Errorf("discord: %w: %s (code %d)", backend.ErrRefused, hint, c.Code)
}

// endsSession reports whether a new session is needed after err.
func endsSession(err error) bool {
	return websocket.IsCloseError(err, websocket.CloseNormalClosure, websocket.CloseGoingAway,
		4003, 4004, 4007, 4009, 4010, 4011, 4012, 4013, 4014)
}
