package chattest

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/backendtest"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/plugins"
	"github.com/go-errbot/errbot/st2"
)

// patience is for how long an answer may take on a busy machine.
const patience = 30 * time.Second

// talk is a person's conversation with a bot.
type talk struct {
	*testing.T
	backendtest.Network
	bot  *bot.Bot
	last chan backend.Ref // of what the bot said
	lab  *laboratory
}

// Run connects a bot to a network and has the person talk to it. The network's Backend is
// started by Run; it must be in Room, or be joined to it by the host. Where a network has
// no threads, no files, or no Restart, the conversation goes on without.
func Run(t *testing.T, n backendtest.Network) {
	c := &talk{T: t, Network: n, last: make(chan backend.Ref, 100), lab: newLaboratory(t)}
	c.start()
	for _, scene := range []struct {
		name string
		play func(c *talk)
	}{
		{"who am I", (*talk).asksWho},
		{"a refusal", (*talk).isRefused},
		{"no login, no command", (*talk).isUnknown},
		{"logging in", (*talk).logsIn},
		{"a command", (*talk).runsCommand},
		{"a command in a thread", (*talk).runsCommandInThread},
		{"a result with colours", (*talk).getsColours},
		{"a result of 100 kB", (*talk).getsLongResult},
		{"a restart in the middle", (*talk).livesThroughRestart},
	} {
		passed := t.Run(scene.name, func(t *testing.T) {
			now := *c
			now.T = t
			scene.play(&now)
		})
		if !passed {
			return
		}
	}
}

// start runs the bot until the end of the test.
func (c *talk) start() {
	doc, err := conf.Parse("bot.yaml", []byte(c.lab.section()), nil)
	require.NoError(c, err)
	cfg := bot.DefaultConfig()
	cfg.Sections = map[string]*conf.Document{"stackstorm": doc.Section("stackstorm")}
	require.NoError(c, doc.Section("host").Decode(&cfg))
	if _, ok := c.Backend.(backend.Joiner); ok {
		cfg.ChatroomPresence = bot.Rooms{{Room: c.Room}}
	}
	log := slog.New(slog.NewTextHandler(c.Output(), &slog.HandlerOptions{Level: slog.LevelInfo}))
	c.bot, err = bot.New(cfg, c.Backend, bot.WithLogger(log), bot.WithPlugins(append(plugins.Core(), st2.New(), &ear{c.last})...))
	require.NoError(c, err)
	ctx, stop := context.WithCancel(context.WithoutCancel(c.Context()))
	ended := make(chan error, 1)
	go func() { ended <- c.bot.Run(ctx) }()
	c.Cleanup(func() {
		stop()
		require.NoError(c, <-ended)
	})
	require.Eventually(c, func() bool { return c.get("/readyz").Code == http.StatusOK }, patience, 10*time.Millisecond, "the bot is not ready")
}

func (c *talk) get(path string) *httptest.ResponseRecorder {
	return c.ask(httptest.NewRequestWithContext(c.Context(), http.MethodGet, path, nil))
}

func (c *talk) ask(r *http.Request) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	c.bot.Handler().ServeHTTP(answer, r)
	return answer
}

// hears waits for a message of the bot's with all parts; the person passes over others.
func (c *talk) hears(room string, parts ...string) string {
	c.Helper()
	return c.until(func(ctx context.Context) (string, error) { return c.Heard(ctx, room) }, parts...)
}

func (c *talk) until(heard func(ctx context.Context) (string, error), parts ...string) string {
	c.Helper()
	ctx, cancel := context.WithTimeout(c.Context(), patience)
	defer cancel()
	var others []string
	for {
		text, err := heard(ctx)
		require.NoError(c, err, "waiting for %q, the person heard %q", parts, others)
		if !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(text, part) }) {
			return text
		}
		others = append(others, text)
	}
}

func (c *talk) asksWho() {
	ref, err := c.Backend.Resolve(c.Context(), c.Person)
	require.NoError(c, err)
	for _, room := range []string{"", c.Room} {
		c.Say(room, "!whoami")
		c.hears(room, ref.Person.ACL)
	}
}

func (c *talk) isRefused() {
	c.Say("", "!echo in private")
	c.hears("", "in private")
	c.Say(c.Room, "!echo in the room")
	c.hears(c.Room, "room")
}

func (c *talk) isUnknown() {
	c.Say(c.Room, "!st2 greet world")
	c.hears(c.Room, "You are not logged in to StackStorm")
	require.Zero(c, c.lab.started())
}

func (c *talk) logsIn() {
	c.Say("", "!st2session_start open-sesame")
	text := c.hears("", "https://bot.example.com/")
	link := regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`).FindString(text)
	require.NotEmpty(c, link, text)
	form := fmt.Sprintf(`{"secret_word": "open-sesame", "username": %q, "password": %q}`, person, personPassword)
	r := httptest.NewRequestWithContext(c.Context(), http.MethodPost, "/login/authenticate/"+link, strings.NewReader(form))
	r.Header.Set("Content-Type", "application/json")
	answer := c.ask(r)
	require.Equal(c, http.StatusOK, answer.Code, answer.Body)
	c.hears("", "You are logged in to StackStorm as "+person)
}

func (c *talk) runsCommand() {
	for _, room := range []string{"", c.Room} {
		c.Say(room, "!st2 greet the world & all 世界")
		c.hears(room, "Greeting the world & all 世界.")
		c.hears(room, "Hello the world & all 世界!")
	}
	require.Equal(c, []string{person, person}, c.lab.users())
}

// runsCommandInThread asks in the thread of what the bot said last.
func (c *talk) runsCommandInThread() {
	if slices.Contains(c.Cannot, backendtest.Threads) {
		c.Skip("the network has no threads")
	}
	for len(c.last) > 0 {
		<-c.last
	}
	c.Say(c.Room, "!st2 greet everybody")
	c.hears(c.Room, "Hello everybody!")
	root := <-c.last
	heard := func(ctx context.Context) (string, error) { return c.HeardAnswer(ctx, root) }
	c.Answer(root, "!st2 greet the thread")
	c.until(heard, "Greeting the thread.")
	c.until(heard, "Hello the thread!")
}

// getsColours is sent a pretext, and a text whose colour a card shows where the network has
// them.
func (c *talk) getsColours() {
	c.Say(c.Room, "!st2 report")
	c.hears(c.Room, "Reporting.")
	if _, ok := c.Backend.(backend.ExtrasSender); !ok || c.HeardCard == nil {
		if text := c.hears(c.Room, "The night's report"); !strings.Contains(text, "All hosts are up.") {
			c.hears(c.Room, "All hosts are up.") // in a line of its own
		}
		return
	}
	c.hears(c.Room, "The night's report")
	ctx, cancel := context.WithTimeout(c.Context(), patience)
	defer cancel()
	card, err := c.HeardCard(ctx)
	require.NoError(c, err)
	require.Contains(c, card.Body, "All hosts are up.")
	require.NotEmpty(c, card.Color)
}

func (c *talk) getsLongResult() {
	c.Say(c.Room, "!st2 dump")
	c.hears(c.Room, "Dumping.")
	if c.HeardFile != nil {
		ctx, cancel := context.WithTimeout(c.Context(), patience)
		defer cancel()
		_, content, err := c.HeardFile(ctx)
		require.NoError(c, err)
		require.Equal(c, dump(), strings.TrimSuffix(string(content), "\n"))
		return
	}
	lines := strings.Split(dump(), "\n")
	for len(lines) > 0 {
		for line := range strings.Lines(c.hears(c.Room, "line ")) {
			if strings.HasPrefix(line, "line ") {
				require.Equal(c, lines[0], strings.TrimSpace(line))
				lines = lines[1:]
			}
		}
	}
}

// livesThroughRestart has a command run while the chat's server restarts. As a person
// would, it asks until the bot is back.
func (c *talk) livesThroughRestart() {
	if c.Restart == nil {
		c.Skip("the network does not restart")
	}
	c.Say("", "!st2 wait")
	c.hears("", "Waiting.")
	c.Restart()
	c.lab.release()
	heard := make(map[string]bool)
	for i := 0; !heard["back"] || !heard["released"]; i++ {
		require.Less(c, i, 30, "the bot did not come back with its result")
		if !heard["back"] {
			c.Say("", "!echo back")
		}
		ctx, cancel := context.WithTimeout(c.Context(), 2*time.Second)
		text, err := c.Heard(ctx, "")
		cancel()
		for _, part := range []string{"back", "released"} {
			heard[part] = heard[part] || err == nil && strings.Contains(text, part)
		}
	}
}
