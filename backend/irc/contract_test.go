package irc_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/backendtest"
	"github.com/go-errbot/errbot/backend/irc"
	"github.com/go-errbot/errbot/backend/markdown"
)

func TestContract(t *testing.T) {
	eachServer(t, func(t *testing.T, s *ircd) {
		tests := 0
		backendtest.Run(t, func(t testing.TB) backendtest.Network {
			tests++
			return connectNetwork(t, s, tests)
		})
	})
}

// connectNetwork returns the server with a bot, a person and a room of their own.
func connectNetwork(t testing.TB, s *ircd, n int) backendtest.Network {
	person, bot, room := fmt.Sprintf("alice%d", n), fmt.Sprintf("bot%d", n), fmt.Sprintf("#ops%d", n)
	alice := dialWitness(t, s.address(), person)
	alice.join(room)
	alice.raw("MODE " + room + " -t") // everybody may set the topic
	wire := newRelay(t, s.address())
	b := newBot(t, irc.Options{Server: "127.0.0.1", Port: wire.port(), Nick: bot})
	h := &hearing{Backend: b, t: t, room: room}
	return backendtest.Network{
		Backend: h,
		Person:  person,
		Room:    room,
		Unknown: "nobody",
		Say: func(room, text string) {
			if room == "" {
				room = bot
			}
			alice.say(room, text)
		},
		Heard: func(ctx context.Context, room string) (string, error) { return h.heard(ctx, alice, bot, room) },
		Cut:   wire.cut,
		Cannot: []backendtest.Feature{
			backendtest.Echoes, backendtest.Delays, backendtest.Gaps,
			backendtest.Credentials, backendtest.RateLimits, backendtest.Floods, backendtest.Edits, backendtest.Threads,
			backendtest.Mentions, backendtest.FilesIn, backendtest.Reactions, backendtest.Presence,
			backendtest.RoomChanges, backendtest.Invitations,
		},
	}
}

// newBot returns a bot without rate limits.
func newBot(t testing.TB, options irc.Options) *irc.Backend {
	options.ChannelRate, options.PrivateRate = -1, -1
	b, err := irc.New(options)
	require.NoError(t, err)
	return b
}

// hearing is a bot in a room. It remembers how many lines its messages have, so that they
// can be put together again.
type hearing struct {
	*irc.Backend
	t    testing.TB
	room string

	mu    sync.Mutex
	lines []int
}

func (h *hearing) Run(ctx context.Context, events backend.Sink) error {
	var joining sync.WaitGroup
	defer joining.Wait()
	return h.Backend.Run(ctx, &afterJoin{Sink: events, join: func() {
		joining.Go(func() {
			if err := h.Join(ctx, h.room, "", ""); err == nil {
				events.Connected()
			}
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

func (h *hearing) heard(ctx context.Context, w *witness, bot, room string) (string, error) {
	h.mu.Lock()
	n := h.lines[0]
	h.lines = h.lines[1:]
	h.mu.Unlock()
	if room == "" {
		room = w.nick
	}
	var lines []string
	for len(lines) < n {
		line, err := w.next(ctx, " PRIVMSG "+room+" ")
		if err != nil {
			return "", err
		}
		if strings.HasPrefix(line, ":"+bot+"!") {
			_, body := text(line)
			lines = append(lines, body)
		}
	}
	return strings.Join(lines, "\n"), nil
}
