package irc_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/lrstanley/girc"
	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/backendtest"
	"github.com/go-errbot/errbot/backend/chattest"
	"github.com/go-errbot/errbot/backend/irc"
	"github.com/go-errbot/errbot/backend/markdown"
	"github.com/go-errbot/errbot/bot/secret"
)

func TestContract(t *testing.T) {
	eachSecured(t, func(t *testing.T, s *ircd) {
		tests := 0
		backendtest.Run(t, func(t testing.TB) backendtest.Network {
			tests++
			n := newNetwork(t, s, tests)
			h := &hearing{Backend: n.bot, t: t, rooms: []string{n.room, n.empty}}
			contract := n.contract()
			contract.Backend = h
			contract.Heard = func(ctx context.Context, room string) (string, error) { return h.heard(ctx, n, room) }
			return contract
		})
	})
}

func TestConversation(t *testing.T) {
	eachSecured(t, func(t *testing.T, s *ircd) { chattest.Run(t, newNetwork(t, s, 0).contract()) })
}

// eachSecured runs test on every real server, with a password.
func eachSecured(t *testing.T, test func(t *testing.T, s *ircd)) {
	extra := map[string]string{"ngircd": "Password = " + password, "inspircd": connectBlock(`password="` + password + `"`)}
	for name, start := range servers() {
		t.Run(name, func(t *testing.T) { test(t, start(t, extra[name])) })
	}
}

// network is a server with a bot, a person, and rooms of their own.
type network struct {
	testing.TB
	*ircd
	alice       *witness
	wire        *relay
	bot         *irc.Backend
	nick        string // of the bot
	room, empty string
	said        int
}

func newNetwork(t testing.TB, s *ircd, number int) *network {
	n := &network{
		TB: t, ircd: s, wire: newRelay(t, s.address()), nick: fmt.Sprintf("bot%d", number),
		room: fmt.Sprintf("#ops%d", number), empty: fmt.Sprintf("#empty%d", number),
	}
	n.arrive(fmt.Sprintf("alice%d", number))
	n.bot = n.newBot(password)
	return n
}

func (n *network) newBot(password secret.String) *irc.Backend {
	return newBot(n, irc.Options{Server: "127.0.0.1", Port: n.wire.port(), Nick: n.nick, Password: password})
}

// arrive connects the person.
func (n *network) arrive(nick string) {
	n.alice = dialWitness(n, n.address(), nick, password)
	n.alice.join(n.room)
	n.alice.raw("MODE " + n.room + " -t") // everybody may set the topic
	if n.remembers {
		n.alice.raw("MODE " + n.room + " +H 10:1h")
	}
}

func (n *network) contract() backendtest.Network {
	// What IRC does not have: a message has no ID, so that nothing can be changed, answered
	// in a thread or reacted to, files go from client to client, and who is named is text.
	// Nobody keeps what was said to somebody who is not there. A nick has one connection.
	cannot := []backendtest.Feature{
		backendtest.Edits, backendtest.Threads, backendtest.Reactions, backendtest.FilesIn,
		backendtest.Mentions, backendtest.Gaps, backendtest.Echoes,
	}
	if !n.remembers {
		// ngIRCd keeps no history of rooms and does not know away-notify.
		cannot = append(cannot, backendtest.Delays, backendtest.Presence)
	}
	return backendtest.Network{
		Backend:    n.bot,
		Person:     n.alice.nick,
		Room:       n.room,
		Unknown:    "nobody",
		Say:        n.say,
		Heard:      n.heard,
		Cannot:     cannot,
		Refused:    n.newBot("wrong"),
		Cut:        n.wire.cut,
		Throttle:   func() { n.wire.limited.Store(true) },
		SayDelayed: n.sayDelayed,
		Appear:     func(status string) { n.alice.raw(map[string]string{"away": "AWAY :lunch", "online": "AWAY"}[status]) },
		SeenAs:     n.seenAs,
		Walk:       n.walk,
		Empty:      n.empty,
		Invited: func(ctx context.Context) error {
			_, err := n.alice.next(ctx, " INVITE "+n.alice.nick+" ")
			return err
		},
		Restart: n.restart,
	}
}

func (n *network) say(room, text string) {
	if room == "" {
		room = n.nick
	}
	n.alice.say(room, text)
	if n.said++; n.said%100 == 0 {
		n.alice.sync() // servers throw out who sends more than they keep
	}
}

// heard returns the next line.
func (n *network) heard(ctx context.Context, room string) (string, error) {
	if room == "" {
		room = n.alice.nick
	}
	for {
		line, err := n.alice.next(ctx, " PRIVMSG "+room+" ")
		if err != nil {
			return "", err
		}
		if strings.HasPrefix(line, ":"+n.nick+"!") {
			_, body := text(line)
			return girc.StripRaw(body), nil
		}
	}
}

// sayDelayed has the bot come back into the room: the server then tells it what was said.
func (n *network) sayDelayed(text string) {
	require.NoError(n, n.bot.Leave(n.Context(), n.room, ""))
	n.alice.say(n.room, text)
	n.alice.sync()
	require.NoError(n, n.bot.Join(n.Context(), n.room, "", ""))
}

func (n *network) walk(in bool) {
	n.alice.raw(map[bool]string{true: "JOIN ", false: "PART "}[in] + n.room)
}

// seenAs asks again and again whether the bot is away.
func (n *network) seenAs(ctx context.Context, status string) error {
	for {
		away := false
		n.alice.raw("WHOIS " + n.nick)
		for line := ""; !strings.Contains(line, " 318 "); {
			var err error
			if line, err = n.alice.next(ctx, " "+n.nick+" "); err != nil {
				return err
			}
			away = away || strings.Contains(line, " 301 ")
		}
		if away == (status == "away") {
			return nil
		}
	}
}

func (n *network) restart() {
	n.stop()
	n.start()
	n.arrive(n.alice.nick)
}

// newBot returns a bot without rate limits.
func newBot(t testing.TB, options irc.Options) *irc.Backend {
	options.ChannelRate, options.PrivateRate = -1, -1
	b, err := irc.New(options)
	require.NoError(t, err)
	return b
}

// hearing is a bot in rooms. It remembers how many lines its messages have, so that they
// can be put together again.
type hearing struct {
	*irc.Backend
	t     testing.TB
	rooms []string

	mu    sync.Mutex
	lines []int
}

func (h *hearing) Run(ctx context.Context, events backend.Sink) error {
	var joining sync.WaitGroup
	defer joining.Wait()
	return h.Backend.Run(ctx, &afterJoin{Sink: events, join: func() {
		joining.Go(func() {
			for _, room := range h.rooms {
				if err := h.Join(ctx, room, "", ""); err != nil {
					return
				}
			}
			events.Connected()
		})
	}})
}

// afterJoin tells the host of a connection when the bot is in its room.
type afterJoin struct {
	backend.Sink
	join func()
}

func (a *afterJoin) Connected() { a.join() }

func (h *hearing) Send(ctx context.Context, m *backend.Message) (backend.Ref, error) {
	body := m.Body
	if !m.Plain {
		body = markdown.New().Text(body)
	}
	n := 0
	for line := range strings.Lines(body) {
		if strings.TrimSpace(line) != "" {
			n++
		}
	}
	ref, err := h.Backend.Send(ctx, m)
	if err == nil {
		h.mu.Lock()
		h.lines = append(h.lines, n)
		h.mu.Unlock()
	}
	return ref, err
}

func (h *hearing) heard(ctx context.Context, n *network, room string) (string, error) {
	h.mu.Lock()
	count := 1 // more of a line that was too long
	if len(h.lines) > 0 {
		count, h.lines = h.lines[0], h.lines[1:]
	}
	h.mu.Unlock()
	var lines []string
	for len(lines) < count {
		line, err := n.heard(ctx, room)
		if err != nil {
			return "", err
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n"), nil
}
