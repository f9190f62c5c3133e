package telegram_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/go-telegram/bot/models"
	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend/telegram"
	"github.com/go-errbot/errbot/bot/secret"
)

// token is the one that the fake knows.
const token = "9001:AA-a_token"

// Those who are there.
const (
	alice = 7001
	group = -1001
)

// fake is the Bot API as it is documented, with one bot, one person and one group.
type fake struct {
	t      testing.TB
	server *httptest.Server

	mu       sync.Mutex
	updates  []*models.Update // not confirmed yet
	news     chan struct{}    // closed when there is an update
	polls    int              // number of the latest poll
	held     chan struct{}    // told when a poll is being held
	lastID   int64
	messages map[int]*sent
	next     int // number of the next message
	files    map[string][]byte
	marks    map[string]string // reactions
	offsets  []int64           // of all polls
	calls    []string

	full     int    // messages that are refused for now
	refusal  string // of polls: "code description"
	failing  int    // messages that a server error answers
	silent   int    // messages that are taken without an answer
	movedTo  int64  // the group's new number
	noTopics bool   // topics are gone
	readsAll bool   // privacy mode is off
	mangle   string // what updates hold that nobody knows
	forum    bool

	seen view
}

// sent is a message of the bot's.
type sent struct {
	id, topic, reply int
	chat             int64
	text             string
	entities         []models.MessageEntity
}

func newFake(t testing.TB) *fake {
	f := &fake{
		t: t, news: make(chan struct{}), messages: map[int]*sent{}, files: map[string][]byte{}, marks: map[string]string{},
		held: make(chan struct{}, 1), lastID: 1000, next: 1, readsAll: true, seen: newView(),
	}
	f.server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.server.Close)
	return f
}

func (f *fake) newBot(t testing.TB, change func(o *telegram.Options)) *telegram.Backend {
	transport := &http.Transport{MaxIdleConnsPerHost: 20}
	t.Cleanup(transport.CloseIdleConnections)
	options := telegram.Options{Token: secret.String(token), Server: f.server.URL, Transport: transport}
	if change != nil {
		change(&options)
	}
	b, err := telegram.New(options)
	require.NoError(t, err)
	return b
}

// cut ends all connections; at once, and when the bot is just between two polls, the next.
func (f *fake) cut() {
	const between = 200 * time.Millisecond
	select {
	case <-f.held: // by an earlier poll
	default:
	}
	f.server.CloseClientConnections()
	select {
	case <-f.held:
		f.server.CloseClientConnections()
	case <-time.After(between):
	}
}

// tell makes an update.
func (f *fake) tell(u *models.Update) {
	f.lastID++
	u.ID = f.lastID
	f.updates = append(f.updates, u)
	close(f.news)
	f.news = make(chan struct{})
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	path, isFile := strings.CutPrefix(r.URL.Path, "/file")
	given, method, _ := strings.Cut(strings.TrimPrefix(path, "/bot"), "/")
	switch {
	case given != token:
		answer(w, 401, "Unauthorized", nil)
	case isFile:
		f.mu.Lock()
		defer f.mu.Unlock()
		_, _ = w.Write(f.files[method])
	case method == "getUpdates":
		f.poll(w, r)
	default:
		p, err := parameters(r)
		if err != nil {
			answer(w, 400, "Bad Request: "+err.Error(), nil)
			return
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		f.calls = append(f.calls, method)
		f.call(w, method, p)
	}
}

// answer answers a call; more are the error's parameters, or the result.
func answer(w http.ResponseWriter, code int, description string, more any) {
	body := map[string]any{"ok": code == 200}
	if code == 200 {
		body["result"] = more
	} else {
		body["error_code"], body["description"] = code, description
		if more != nil {
			body["parameters"] = more
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body)
}

// parameters reads what a call is given.
func parameters(r *http.Request) (map[string]string, error) {
	p := map[string]string{}
	if r.ContentLength == 0 || r.Header.Get("Content-Type") == "" {
		return p, nil
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, err
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return p, nil
		}
		if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return nil, err
		}
		p[part.FormName()] = string(content)
		if part.FileName() != "" {
			p["filename"] = part.FileName()
		}
	}
}

// poll answers with updates, and forgets those before the offset. A second poll ends the
// first.
func (f *fake) poll(w http.ResponseWriter, r *http.Request) {
	var p struct {
		Offset         int64
		Timeout, Limit int
	}
	if err := json.NewDecoder(r.Body).Decode(&p); err != nil {
		answer(w, 400, "Bad Request", nil)
		return
	}
	late := time.After(time.Duration(p.Timeout) * time.Second)
	f.mu.Lock()
	f.polls++
	this := f.polls
	f.offsets = append(f.offsets, p.Offset)
	for len(f.updates) > 0 && f.updates[0].ID < p.Offset {
		f.updates = f.updates[1:]
	}
	close(f.news)
	f.news = make(chan struct{})
	for {
		found, news, refusal := f.updates[:min(len(f.updates), p.Limit)], f.news, f.refusal
		if this != f.polls {
			refusal = "409 Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
		}
		f.mu.Unlock()
		if code, description, ok := strings.Cut(refusal, " "); ok {
			number, _ := strconv.Atoi(code)
			answer(w, number, description, nil)
			return
		}
		if len(found) > 0 || p.Timeout == 0 {
			answer(w, 200, "", f.mangled(found))
			return
		}
		select {
		case f.held <- struct{}{}:
		default:
		}
		select {
		case <-news:
		case <-late:
			p.Timeout = 0
		case <-r.Context().Done():
			return
		}
		f.mu.Lock()
	}
}

// mangled returns updates with something in them that is not in the library.
func (f *fake) mangled(found []*models.Update) any {
	f.mu.Lock()
	defer f.mu.Unlock()
	data, _ := json.Marshal(found)
	if f.mangle != "" {
		data = bytes.ReplaceAll(data, []byte(f.mangle), []byte(`"type":"of tomorrow"`))
	}
	return json.RawMessage(data)
}

func (f *fake) call(w http.ResponseWriter, method string, p map[string]string) {
	switch method {
	case "getMe":
		answer(w, 200, "", map[string]any{
			"id": 9001, "is_bot": true, "first_name": "Errbot", "username": "errbot", "can_read_all_group_messages": f.readsAll,
		})
	case "getChat":
		f.chat(w, p["chat_id"])
	case "sendMessage", "sendDocument":
		f.send(w, method, p)
	case "editMessageText":
		id, _ := strconv.Atoi(p["message_id"])
		m := f.messages[id]
		if m == nil {
			answer(w, 400, "Bad Request: message to edit not found", nil)
			return
		}
		m.text = p["text"]
		f.seen.changes <- shown(m.text)
		answer(w, 200, "", map[string]any{"message_id": id, "date": time.Now().Unix(), "chat": f.chatOf(m.chat)})
	case "setMessageReaction":
		f.mark(w, p)
	case "getFile":
		if len(f.files[p["file_id"]]) > 20<<20 {
			answer(w, 400, "Bad Request: file is too big", nil)
			return
		}
		answer(w, 200, "", map[string]any{"file_id": p["file_id"], "file_unique_id": "u", "file_path": p["file_id"]})
	case "sendChatAction":
		answer(w, 200, "", true)
	default:
		answer(w, 404, "Not Found: method not found", nil)
	}
}

func (f *fake) chatOf(id int64) map[string]any {
	if id > 0 {
		return map[string]any{"id": id, "type": "private", "first_name": "Alice", "username": "alice"}
	}
	return map[string]any{"id": id, "type": "supergroup", "title": "ops", "is_forum": f.forum}
}

func (f *fake) chat(w http.ResponseWriter, id string) {
	switch id {
	case "7001", "-1001", fmt.Sprint(f.movedTo):
		n, _ := strconv.ParseInt(id, 10, 64)
		answer(w, 200, "", f.chatOf(n))
	case "@ops_public":
		answer(w, 200, "", f.chatOf(group))
	default:
		answer(w, 400, "Bad Request: chat not found", nil)
	}
}

// send is a message of the bot's.
func (f *fake) send(w http.ResponseWriter, method string, p map[string]string) {
	m := &sent{text: p["text"] + p["caption"]}
	m.chat, _ = strconv.ParseInt(p["chat_id"], 10, 64)
	m.topic, _ = strconv.Atoi(p["message_thread_id"])
	_ = json.Unmarshal([]byte(p["entities"]+p["caption_entities"]), &m.entities)
	var reply models.ReplyParameters
	if json.Unmarshal([]byte(p["reply_parameters"]), &reply) == nil {
		m.reply = reply.MessageID
	}
	limit := map[string]int{"sendMessage": 4096, "sendDocument": 1024}[method]
	switch {
	case f.full > 0:
		f.full--
		answer(w, 429, "Too Many Requests: retry after 1", map[string]any{"retry_after": 1})
		return
	case f.failing > 0:
		f.failing--
		answer(w, 502, "Bad Gateway", nil)
		return
	case m.chat == group && f.movedTo != 0:
		answer(w, 400, "Bad Request: group chat was upgraded to a supergroup chat", map[string]any{"migrate_to_chat_id": f.movedTo})
		return
	case m.topic != 0 && f.noTopics:
		answer(w, 400, "Bad Request: message thread not found", nil)
		return
	case m.chat != alice && m.chat != group && m.chat != f.movedTo:
		answer(w, 403, "Forbidden: bot was blocked by the user", nil)
		return
	case strings.TrimSpace(m.text) == "" && method == "sendMessage":
		answer(w, 400, "Bad Request: message text is empty", nil)
		return
	case len(utf16.Encode([]rune(m.text))) > limit:
		answer(w, 400, "Bad Request: message is too long", nil)
		return
	}
	m.text = strings.TrimSpace(m.text)
	m.id = f.next
	f.next++
	f.messages[m.id] = m
	f.seen.message(m, p["filename"], p["document"])
	if f.silent > 0 {
		f.silent--
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_ = conn.Close()
		}
		return
	}
	answer(w, 200, "", map[string]any{"message_id": m.id, "date": time.Now().Unix(), "chat": f.chatOf(m.chat), "text": m.text})
}

func (f *fake) mark(w http.ResponseWriter, p map[string]string) {
	var list []struct{ Emoji string }
	_ = json.Unmarshal([]byte(p["reaction"]), &list)
	key, now := p["chat_id"]+"/"+p["message_id"], ""
	if len(list) > 0 {
		now = list[0].Emoji
	}
	if now != "" && now != "👍" && now != "🎉" {
		answer(w, 400, "Bad Request: REACTION_INVALID", nil)
		return
	}
	if before := f.marks[key]; before != now {
		f.marks[key] = now
		f.seen.reactions <- reaction{before + now, now == ""}
	}
	answer(w, 200, "", true)
}
