package bottest

import (
	"context"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot"
)

// Timeout is for how long a test waits for something that should happen at once.
const Timeout = 10 * time.Second

// Admin is the administrator of a bot under test.
const Admin = "@admin"

// Chat is a running bot and the network that it is on.
type Chat struct {
	*Network
	Bot *bot.Bot

	t    testing.TB
	log  *lockedBuffer
	stop func() error
}

// Option changes the bot under test.
type Option func(*settings)

type settings struct {
	cfg  bot.Config
	opts []bot.Option
	wrap func(n *Network) backend.Backend
}

// WithConfig changes the bot's configuration, which is [bot.DefaultConfig] with [Admin] as
// the administrator.
func WithConfig(change func(cfg *bot.Config)) Option {
	return func(s *settings) { change(&s.cfg) }
}

// WithOptions passes options on to [bot.New].
func WithOptions(opts ...bot.Option) Option {
	return func(s *settings) { s.opts = append(s.opts, opts...) }
}

// New starts a bot with plugins. It stops when the test ends.
func New(t testing.TB, plugins ...bot.Plugin) *Chat {
	t.Helper()
	return NewWith(t, nil, plugins...)
}

// NewWith is [New] with options.
func NewWith(t testing.TB, options []Option, plugins ...bot.Plugin) *Chat {
	t.Helper()
	s := settings{cfg: bot.DefaultConfig()}
	s.cfg.Admins = bot.List{Admin}
	c := &Chat{Network: NewNetwork(), t: t, log: &lockedBuffer{}}
	logger := slog.New(slog.NewTextHandler(c.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s.opts = []bot.Option{bot.WithLogger(logger)}
	for _, o := range options {
		o(&s)
	}
	var network backend.Backend = c.Network
	if s.wrap != nil {
		network = s.wrap(c.Network)
	}
	b, err := bot.New(s.cfg, network, append(s.opts, bot.WithPlugins(plugins...))...)
	if err != nil {
		t.Fatalf("bottest: %v", err)
	}
	c.Bot = b
	c.start()
	return c
}

func (c *Chat) start() {
	c.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Bot.Run(ctx) }()
	c.stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	c.t.Cleanup(func() {
		if err := c.stop(); err != nil {
			c.t.Errorf("bottest: the bot ended with: %v", err)
		}
		if c.t.Failed() {
			c.t.Logf("the bot's log:\n%s", c.Log())
		}
	})
	c.WaitConnected()
}

// WaitConnected waits until the bot is connected.
func (c *Chat) WaitConnected() {
	c.t.Helper()
	timer := time.NewTimer(Timeout)
	defer timer.Stop()
	select {
	case <-c.Up():
	case <-timer.C:
		c.t.Fatalf("bottest: the bot has not connected for %v; its log:\n%s", Timeout, c.Log())
	}
}

// Stop stops the bot before the end of the test and returns what Run returned.
func (c *Chat) Stop() error { return c.stop() }

// Log returns what the bot has logged, at every level.
func (c *Chat) Log() string { return c.log.String() }

// Get asks the bot's web server.
func (c *Chat) Get(path string) *httptest.ResponseRecorder {
	return c.Do("GET", path, "", nil)
}

// Post posts a body to the bot's web server.
func (c *Chat) Post(path, contentType string, body io.Reader) *httptest.ResponseRecorder {
	return c.Do("POST", path, contentType, body)
}

// Do sends a request to the bot's web server.
func (c *Chat) Do(method, path, contentType string, body io.Reader) *httptest.ResponseRecorder {
	request := httptest.NewRequestWithContext(c.t.Context(), method, path, body)
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	answer := httptest.NewRecorder()
	c.Bot.Handler().ServeHTTP(answer, request)
	return answer
}

// For returns the same chat with its failures reported to t: a subtest, or a fuzz target.
func (c *Chat) For(t testing.TB) *Chat {
	other := *c
	other.t = t
	return &other
}

// As returns a private conversation of the person with an address, such as "@alice".
func (c *Chat) As(person string) *Conversation {
	p := Person(person)
	return &Conversation{chat: c, from: p, at: backend.ToPerson(p)}
}

// In returns what is said in a room, for reading along.
func (c *Chat) In(room string) *Conversation {
	return &Conversation{chat: c, at: backend.ToRoom(Room(room))}
}

// lockedBuffer takes the log of several goroutines.
type lockedBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write implements [io.Writer].
func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// String returns what was written.
func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
