package slack_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend/slack"
)

// The accounts and channels of every workspace.
const (
	botToken = "xoxb-the-bots-token"
	appToken = "xapp-the-apps-token"

	teamID, botID, botUser, alice, bob, stranger = "T0HOME", "B0BOT1", "U0BOT1", "U0ALICE1", "U0BOB1", "U0STRANGE1"
	ops, empty, secret, direct, bobsDirect       = "C0OPS1", "C0EMPTY1", "C0SECRET1", "D0ALICE1", "D0BOB1"
	oncall                                       = "S0ONCALL1"
)

type object = map[string]any

// workspace is a fake of Slack: the Web API over HTTP and Socket Mode's websocket, as
// Slack documents them, and what people do and see.
type workspace struct {
	testing.TB
	server *httptest.Server

	mu       sync.Mutex
	users    []object
	channels map[string]*conversation
	group    []string           // who is on call
	faults   map[string][]fault // of the next calls of a method
	calls    map[string][]url.Values
	tickets  map[string]bool // addresses of websockets
	sockets  []*fakeSocket
	pending  []*parcel // that is not acknowledged
	mute     bool      // Slack greets, and is silent then
	lossy    bool      // what happens while there is no socket is not told
	lastTS   int64
	serial   int
	files    map[string]*upload
	presence chan string
	changes  chan string
	reacted  chan [2]string
	invited  chan string
	seen     map[string]chan shown // by channel, by channel and thread; cards and files
	pages    int                   // longest page of a list
}

// fault is how a call goes wrong.
type fault struct {
	code  string // Slack's word
	limit bool   // status 429
	lost  bool   // Slack does it, and the answer is lost
	wait  chan struct{}
}

type conversation struct {
	id, name, topic string
	private         bool
	user            string // of a direct one
	members         []string
	messages        []object
}

type upload struct {
	name    string
	content []byte
}

func newWorkspace(t testing.TB) *workspace {
	w := &workspace{
		TB: t,
		users: []object{
			newUser(botUser, "errbot", teamID), newUser(alice, "alice", teamID), newUser(bob, "bob.b", teamID),
			newUser(stranger, "alice", "T0OTHER"), newUser("USLACKBOT", "slackbot", teamID),
		},
		channels: map[string]*conversation{
			ops:        {id: ops, name: "ops", members: []string{botUser, alice, bob}},
			empty:      {id: empty, name: "empty", members: []string{botUser}},
			secret:     {id: secret, name: "secret", private: true, members: []string{alice}},
			direct:     {id: direct, user: alice, members: []string{botUser, alice}},
			bobsDirect: {id: bobsDirect, user: bob, members: []string{botUser, bob}},
		},
		group:    []string{alice},
		faults:   map[string][]fault{},
		calls:    map[string][]url.Values{},
		tickets:  map[string]bool{},
		files:    map[string]*upload{},
		presence: make(chan string, 100),
		changes:  make(chan string, 100),
		reacted:  make(chan [2]string, 100),
		invited:  make(chan string, 100),
		seen:     map[string]chan shown{},
		lossy:    true,
		pages:    2,
	}
	w.server = httptest.NewServer(http.HandlerFunc(w.serve))
	t.Cleanup(func() {
		w.cut()
		w.server.Close()
	})
	return w
}

func newUser(id, name, team string) object {
	return object{
		"id": id, "name": name, "team_id": team, "real_name": strings.ToUpper(name),
		"profile": object{"display_name": name, "email": name + "@example.com"},
	}
}

// options are those of a bot in the workspace.
func (w *workspace) options() slack.Options {
	return slack.Options{Token: botToken, AppToken: appToken, Prefix: "!", APIURL: w.server.URL + "/api/"}
}

func (w *workspace) newBot() *slack.Backend {
	w.Helper()
	b, err := slack.New(w.options())
	require.NoError(w, err)
	return b
}

// fail has the next calls of a method go wrong.
func (w *workspace) fail(method string, faults ...fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults[method] = append(w.faults[method], faults...)
}

// called returns with what a method was called.
func (w *workspace) called(method string) []url.Values {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.calls[method])
}

// ts returns a new message ID. The caller holds the lock.
func (w *workspace) ts() string {
	w.lastTS = max(w.lastTS+1, time.Now().UnixMicro())
	return fmt.Sprintf("%d.%06d", w.lastTS/1_000_000, w.lastTS%1_000_000)
}

func (w *workspace) next(kind string) string {
	w.serial++
	return fmt.Sprintf("%s%d", kind, w.serial)
}

func (c *conversation) kind() string {
	switch {
	case c.user != "":
		return "im"
	case c.private:
		return "group"
	}
	return "channel"
}

// put adds a message to a channel and tells the bot, if it is there. The caller holds the
// lock.
func (w *workspace) put(channelID string, m object) object {
	c := w.channels[channelID]
	if m["ts"] == nil {
		m["ts"] = w.ts()
	}
	m["type"] = "message"
	c.messages = append(c.messages, m)
	if slices.Contains(c.members, botUser) {
		event := object{"channel": channelID, "channel_type": c.kind(), "event_ts": m["ts"], "team": teamID}
		for k, v := range m {
			event[k] = v
		}
		w.tell(event)
	}
	return m
}

// tell sends an event to the bot. The caller holds the lock.
func (w *workspace) tell(event object) {
	w.send("events_api", object{
		"token": "verification", "team_id": teamID, "api_app_id": "A1", "type": "event_callback",
		"event_id": w.next("Ev"), "event_time": time.Now().Unix(), "event": event,
		"authorizations": []object{{"team_id": teamID, "user_id": botUser, "is_bot": true}},
	})
}

// escaped is what the client makes of what people type.
func escaped(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

// says makes somebody say something in Slack's own form, with more in it.
func (w *workspace) says(who, channelID, text string, more object) (ts string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := object{"user": who, "text": text, "client_msg_id": w.next("client-")}
	for k, v := range more {
		m[k] = v
	}
	return w.put(channelID, m)["ts"].(string)
}
