package discord_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"
)

// session is one session of the gateway with all that was told in it.
type session struct {
	id      string
	told    []any
	intents discordgo.Intent
	wire    *wire
}

// wire is one websocket.
type wire struct {
	conn    *websocket.Conn
	writing sync.Mutex
}

func (w *wire) write(v any) {
	w.writing.Lock()
	defer w.writing.Unlock()
	_ = w.conn.SetWriteDeadline(time.Now().Add(5 * time.Second))
	_ = w.conn.WriteJSON(v)
}

func (w *wire) close(code int, text string) {
	w.writing.Lock()
	defer w.writing.Unlock()
	_ = w.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, text), time.Now().Add(time.Second))
	_ = w.conn.Close()
}

type packet struct {
	Op   int    `json:"op"`
	Data any    `json:"d"`
	Seq  int    `json:"s,omitempty"`
	Type string `json:"t,omitempty"`
}

// tell dispatches an event to every session that wants it.
func (f *fake) tell(kind string, data any, intent discordgo.Intent) {
	for _, s := range f.sessions {
		if s.intents&intent == 0 {
			continue
		}
		shown := data
		if m, ok := data.(*discordgo.Message); ok && s.intents&discordgo.IntentMessageContent == 0 {
			shown = f.withoutContent(m)
		}
		s.tell(kind, shown)
	}
}

// withoutContent is a message as bots see it that have not the privileged intent.
func (f *fake) withoutContent(m *discordgo.Message) *discordgo.Message {
	for _, u := range m.Mentions {
		if u.ID == f.bot.ID {
			return m
		}
	}
	if m.GuildID == "" || m.Author.ID == f.bot.ID {
		return m
	}
	copied := *m
	copied.Content, copied.Embeds, copied.Attachments = "", nil, nil
	return &copied
}

func (s *session) tell(kind string, data any) {
	text, _ := json.Marshal(data)
	p := packet{Op: 0, Data: json.RawMessage(text), Seq: len(s.told) + 1, Type: kind}
	s.told = append(s.told, p)
	if s.wire != nil {
		s.wire.write(p)
	}
}

// cut ends all connections without a word.
func (f *fake) cut() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for w := range f.wires {
		_ = w.conn.UnderlyingConn().Close()
		delete(f.wires, w)
	}
	for id, s := range f.sessions {
		s.wire = nil
		if f.forgetful {
			delete(f.sessions, id)
		}
	}
}

func (f *fake) gateway(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer conn.Close()
	out := &wire{conn: conn}
	f.mu.Lock()
	f.wires[out] = true
	out.write(packet{Op: 10, Data: map[string]any{"heartbeat_interval": f.every}})
	f.mu.Unlock()
	for {
		var p struct {
			Op   int             `json:"op"`
			Data json.RawMessage `json:"d"`
		}
		if conn.ReadJSON(&p) != nil {
			f.ended(out)
			return
		}
		f.mu.Lock()
		f.handle(out, p.Op, p.Data)
		f.mu.Unlock()
	}
}

// ended forgets a connection; a session that was closed with 1000 is over.
func (f *fake) ended(out *wire) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.wires, out)
	for id, s := range f.sessions {
		if s.wire == out {
			s.wire = nil
			if f.forgetful {
				delete(f.sessions, id)
			}
		}
	}
}

func (f *fake) handle(out *wire, op int, data json.RawMessage) {
	switch op {
	case 1:
		if !f.mute {
			out.write(packet{Op: 11})
		}
	case 2:
		f.begin(out, data)
	case 3:
		var p struct {
			Status string `json:"status"`
		}
		_ = json.Unmarshal(data, &p)
		f.seen.statuses <- p.Status
	case 6:
		f.resume(out, data)
	}
}

func (f *fake) begin(out *wire, data json.RawMessage) {
	var identify struct {
		Token   string
		Intents discordgo.Intent
	}
	_ = json.Unmarshal(data, &identify)
	f.identify = nil
	_ = json.Unmarshal(data, &f.identify)
	switch {
	case f.closeWith != 0:
		out.close(f.closeWith, "as the test wants it")
		return
	case identify.Token != token:
		out.close(4004, "Authentication failed.")
		return
	}
	f.intents = identify.Intents
	s := &session{id: "session-" + f.id(), intents: identify.Intents, wire: out}
	f.sessions = map[string]*session{s.id: s}
	s.tell("READY", map[string]any{
		"v": 9, "session_id": s.id, "user": f.bot, "private_channels": []any{},
		"resume_gateway_url": strings.Replace(f.url, "http", "ws", 1) + "/gateway",
		"guilds":             []any{map[string]any{"id": f.guild.ID, "unavailable": true}},
	})
	guild := *f.guild
	guild.Members = []*discordgo.Member{f.members[f.bot.ID]}
	s.tell("GUILD_CREATE", &guild)
}

func (f *fake) resume(out *wire, data json.RawMessage) {
	var r struct {
		Token     string
		SessionID string `json:"session_id"`
		Seq       int
	}
	_ = json.Unmarshal(data, &r)
	s := f.sessions[r.SessionID]
	if s == nil || r.Token != token || r.Seq > len(s.told) {
		out.write(packet{Op: 9, Data: false})
		return
	}
	s.wire = out
	for _, p := range s.told[r.Seq:] {
		out.write(p)
	}
	s.tell("RESUMED", map[string]any{})
}
