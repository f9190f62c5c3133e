package st2_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/st2"
	"github.com/go-errbot/errbot/st2/st2test"
)

type payload = map[string]any

func TestMessages(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	ops := newChat(t, srv).In("#ops")
	for name, c := range map[string]struct{ message, want any }{
		"text":               {"hello", "hello"},
		"blank lines":        {"\n \n\t\n  first\n\nlast  \n\n \n", "  first\n\nlast"},
		"a line of its own":  {"\r\nx\r\n", "x"},
		"pretext":            {"Found it {~}\n\n a\n b\n", "Found it\n a\n b"},
		"only pretext":       {"All is well{~}", "All is well"},
		"only pretext, line": {"All is well{~}\n", "All is well"},
		"no pretext":         {"{~}text", "text"},
		"third part":         {"a{~}b{~}c", "a\nb"},
		"object":             {payload{"b": 1.50, "a": payload{"c": []any{"<x>", nil}}}, "```json\n{\n  \"a\": {\n    \"c\": [\n      \"<x>\",\n      null\n    ]\n  },\n  \"b\": 1.5\n}\n```"},
		"object as text":     {`{"a":1}`, "```json\n{\n  \"a\": 1\n}\n```"},
		"almost an object":   {`{"a":1} is it`, `{"a":1} is it`},
		"list":               {"[WARN] no list", "[WARN] no list"},
		"a message within":   {payload{"message": "inner", "channel": "#ops"}, "inner"},
		"number":             {7, "7"},
		"non-ASCII":          {"žluťoučký kůň 🐎\u2028x", "žluťoučký kůň 🐎\u2028x"},
		"Markdown":           {"**bold** `code`\n```\nx\n```", "**bold** `code`\n```\nx\n```"},
	} {
		t.Run(name, func(t *testing.T) {
			srv.Announce("errbot", payload{"channel": "#ops", "user": "@alice", "message": c.message})
			ops.Expect(c.want.(string)).ExpectNothing()
		})
	}
}

func TestWhereTo(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	chat := newChat(t, srv)
	ops, alice, admin := chat.In("#ops"), chat.As("@alice"), chat.As("@admin")

	srv.Announce("errbot", payload{"channel": "#ops", "user": "@alice", "message": "channel"})
	ops.Expect("channel")
	srv.Announce("errbot", payload{"channel": "#ops", "user": "@alice", "whisper": true, "message": "whisper"})
	alice.Expect("whisper")
	srv.Announce("errbot", payload{"user": "@alice", "message": "user"})
	alice.Expect("user")
	srv.Announce("errbot", payload{"channel": "@alice", "message": "a person as channel"})
	alice.Expect("a person as channel")
	srv.Announce("errbot", payload{"channel": "not known", "user": "@alice", "message": "unknown channel"})
	alice.Expect("unknown channel")
	srv.Announce("chatops", payload{"channel": "#ops", "message": "another route"})

	const lost = `An announcement of StackStorm for channel "not known" and user "nor he" could not be delivered: neither is known here.`
	srv.Announce("errbot", payload{"channel": "not known", "user": "nor he", "message": "lost"})
	admin.Expect(lost)
	srv.Announce("errbot", payload{"channel": "not known", "user": "nor he", "message": "lost again"})
	srv.Announce("errbot", payload{"channel": "#ops", "user": "nor he", "whisper": true, "message": "lost secret"})
	admin.Expect(`A private announcement of StackStorm for user "nor he" could not be delivered: there is nobody of that name here.`)

	srv.Announce("errbot", payload{"channel": "#ops", "message": ""})
	srv.Announce("errbot", payload{"message": "to nobody"})
	srv.Announce("errbot", payload{"message": "to nobody"})
	srv.Announce("errbot", payload{"channel": "#ops", "message": "last"})
	ops.Expect("last")
	ops.ExpectNothing()
	alice.ExpectNothing()
	require.Equal(t, 2, strings.Count(chat.Log(), "level=ERROR msg="+fmt.Sprintf("%q", lost)))
	require.Equal(t, 1, strings.Count(chat.Log(), "the announcement has no message"))
	require.Equal(t, 1, strings.Count(chat.Log(), "the announcement names neither a channel nor a user"))
}

func TestLargeMessage(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	chat := newChat(t, srv)
	chat.SetLimits(backend.Limits{MessageSize: 4 << 20})
	ops := chat.In("#ops")
	large := strings.Repeat("0123456789abcde\n", 1<<16) + "end"
	srv.Announce("errbot", payload{"channel": "#ops", "message": large})
	require.Equal(t, large, ops.Next().Body)
	srv.SetFaults(st2test.Faults{SplitBytes: 997})
	srv.Announce("errbot", payload{"channel": "#ops", "message": large})
	require.Equal(t, large, ops.Next().Body)
}

// Wherever an event is cut into pieces, it arrives whole.
func TestEventInPieces(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	ops := newChat(t, srv).In("#ops")
	for size := 1; size < 40; size++ {
		srv.SetFaults(st2test.Faults{SplitBytes: size})
		text := fmt.Sprintf("kůň 🐎 %d\nline", size)
		srv.Announce("errbot", payload{"channel": "#ops", "message": text})
		ops.Expect(text)
	}
}

// One place's announcements arrive in order, and a place that does not take its own holds up
// no other.
func TestOrder(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	network := &stuck{Network: bottest.NewNetwork(), address: "#slow", released: make(chan struct{})}
	chat := startBot(t, network, section(srv, passwordAuth))
	srv.Announce("errbot", payload{"channel": "#slow", "message": "first"})
	srv.Announce("errbot", payload{"channel": "#slow", "message": "second"})
	for i := range 100 {
		srv.Announce("errbot", payload{"channel": "#ops", "message": fmt.Sprint("ops ", i)})
		srv.Announce("errbot", payload{"user": "@alice", "message": fmt.Sprint("alice ", i)})
	}
	for i := range 100 {
		require.Equal(t, fmt.Sprint("ops ", i), chat.next(t, backend.ToRoom(bottest.Room("#ops"))))
		require.Equal(t, fmt.Sprint("alice ", i), chat.next(t, backend.ToPerson(bottest.Person("@alice"))))
	}
	close(network.released)
	require.Equal(t, "first", chat.next(t, backend.ToRoom(bottest.Room("#slow"))))
	require.Equal(t, "second", chat.next(t, backend.ToRoom(bottest.Room("#slow"))))
}

// A network that cannot say at once who is meant is asked again.
func TestAddressIsLookedUpAgain(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	network := &forgetful{Network: bottest.NewNetwork(), failures: 2}
	chat := startBot(t, network, section(srv, passwordAuth))
	srv.Announce("errbot", payload{"channel": "#ops", "message": "hello"})
	require.Equal(t, "hello", chat.next(t, backend.ToRoom(bottest.Room("#ops"))))
}

// At the end of a conversation the bot waits for the results it owes, and only for those.
func TestEndOfConversation(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	release := make(chan struct{})
	srv.AddAction(st2test.Action{Ref: "demo.wait", Run: func(ctx context.Context, _ *st2test.Call) (any, error) {
		select {
		case <-release:
		case <-ctx.Done():
		}
		return "waited", nil
	}})
	srv.AddAlias(st2test.Alias{Pack: "demo", Name: "wait", ActionRef: "demo.wait", Formats: []st2test.Format{{Text: "wait"}},
		Ack: payload{"format": "waiting"}, Result: payload{"format": "{{ execution.result.result }}"}})
	srv.AddAlias(st2test.Alias{Pack: "demo", Name: "silent", ActionRef: "demo.wait", Formats: []st2test.Format{{Text: "silent"}},
		Ack: payload{"format": "silent"}, Result: payload{"enabled": false}})
	script := &script{said: []string{"!st2 silent", "!st2 nope", "!st2 wait", "!st2 greet you"}, heard: func(text string) {
		if text == "Hello you!" {
			close(release)
		}
	}}
	require.NoError(t, newBot(t, script, section(srv, passwordAuth)).Run(t.Context()))
	require.Equal(t, []string{
		"silent", `No StackStorm command matches "nope". !st2help lists what there is.`, "waiting", "Greeting you.", "Hello you!", "waited",
	}, script.answers)
}

// newBot returns a bot on any network; commands run one after the other.
func newBot(t testing.TB, network backend.Backend, text string) *bot.Bot {
	t.Helper()
	doc, err := conf.Parse("bot.yaml", []byte("stackstorm:\n  "+strings.ReplaceAll(text, "\n", "\n  ")), nil)
	require.NoError(t, err)
	cfg := bot.DefaultConfig()
	cfg.Async = false
	cfg.Sections = map[string]*conf.Document{"stackstorm": doc.Section("stackstorm")}
	b, err := bot.New(cfg, network, bot.WithPlugins(st2.New()), bot.WithLogger(slog.New(slog.DiscardHandler)))
	require.NoError(t, err)
	return b
}

// running is a bot on a network of the test's own.
type running struct {
	network interface {
		Mail(backend.Place) <-chan *backend.Message
	}
}

func startBot(t *testing.T, network interface {
	backend.Backend
	Mail(backend.Place) <-chan *backend.Message
	Up() <-chan struct{}
}, text string) running {
	t.Helper()
	b := newBot(t, network, text)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- b.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
	})
	<-network.Up()
	return running{network}
}

func (r running) next(t *testing.T, at backend.Ref) string {
	t.Helper()
	select {
	case m := <-r.network.Mail(at.Place()):
		return m.Body
	case <-t.Context().Done():
		return ""
	}
}

// stuck is a network where one room takes nothing until it is released.
type stuck struct {
	*bottest.Network
	address  string
	released chan struct{}
}

func (s *stuck) Send(ctx context.Context, m *backend.Message) (backend.Ref, error) {
	if m.Ref.String() == s.address {
		select {
		case <-s.released:
		case <-ctx.Done():
			return backend.Ref{}, ctx.Err()
		}
	}
	return s.Network.Send(ctx, m)
}

// forgetful is a network that at first does not know whom an address means.
type forgetful struct {
	*bottest.Network
	mu       sync.Mutex
	failures int
}

func (f *forgetful) Resolve(ctx context.Context, address string) (backend.Ref, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failures > 0 {
		f.failures--
		return backend.Ref{}, errors.New("the directory does not answer")
	}
	return f.Network.Resolve(ctx, address)
}

// script is a conversation that ends when everything has been said, as standard input does.
type script struct {
	said    []string
	heard   func(text string)
	mu      sync.Mutex
	answers []string
}

func (s *script) Name() string         { return "script" }
func (s *script) Self() backend.Person { return bottest.Person("@errbot") }

func (s *script) Resolve(_ context.Context, address string) (backend.Ref, error) {
	return backend.ToPerson(bottest.Person(address)), nil
}

func (s *script) Run(_ context.Context, events backend.Sink) error {
	events.Connected()
	for _, text := range s.said {
		from := bottest.Person("@alice")
		events.Receive(&backend.Message{Ref: backend.ToPerson(from), From: from, Body: text})
	}
	return backend.ErrEnd
}

func (s *script) Send(_ context.Context, m *backend.Message) (backend.Ref, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers = append(s.answers, m.Body)
	s.heard(m.Body)
	return m.Ref, nil
}
