package st2_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/bot/store"
	"github.com/go-errbot/errbot/st2"
	"github.com/go-errbot/errbot/st2/st2test"
)

// The environment variables that make this test binary a bot that runs until it is killed: where
// its store is, and its configuration.
const (
	crashFolder  = "ERRBOT_ST2_CRASH_FOLDER"
	crashSection = "ERRBOT_ST2_CRASH_SECTION"
)

// printer is a chat network that prints what is said to its rooms.
type printer struct{ *bottest.Network }

func (p printer) Send(ctx context.Context, m *backend.Message) (backend.Ref, error) {
	ref, err := p.Network.Send(ctx, m)
	if err == nil {
		_, err = fmt.Printf("%s %s\n", m.Ref, m.Body)
	}
	return ref, err
}

// runUntilKilled is the bot. Each line of its input is a command.
func runUntilKilled(folder string) int {
	err := func() error {
		storage, err := store.OpenBolt(filepath.Join(folder, "bot.db"))
		if err != nil {
			return err
		}
		doc, err := conf.Parse("bot.yaml", []byte("stackstorm:\n  "+strings.ReplaceAll(os.Getenv(crashSection), "\n", "\n  ")), nil)
		if err != nil {
			return err
		}
		cfg := bot.DefaultConfig()
		cfg.Admins = bot.List{bottest.Admin}
		cfg.Sections = map[string]*conf.Document{"stackstorm": doc.Section("stackstorm")}
		network := printer{bottest.NewNetwork()}
		b, err := bot.New(cfg, network, bot.WithStorage(storage), bot.WithPlugins(st2.New()))
		if err != nil {
			return err
		}
		go func() {
			<-network.Up()
			for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
				network.Deliver(&backend.Message{Ref: backend.ToRoom(bottest.Room("#work")), From: bottest.Person("@alice"), Body: lines.Text()})
			}
		}()
		return b.Run(context.Background())
	}()
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// A bot that is killed again and again tells everything: announcements, and the results of the
// commands that were acknowledged. It tells at most the message twice that each place was being
// sent when it was killed, and the first time each is told, they come in order.
func TestKilled(t *testing.T) {
	t.Parallel()
	const kills = 5
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute) // something is lost
	defer cancel()
	srv := newStackStorm(t, st2test.WithMaxExecutions(20*numbered))
	folder := t.TempDir()
	told := record{times: map[string]int{}}
	for run := range kills + 1 {
		bot := startChild(ctx, t, srv, folder)
		for i := run * numbered / (kills + 1); i < (run+1)*numbered/(kills+1); i++ {
			bot.say(t, fmt.Sprintf("!st2 greet %d", i))
			bot.hear(t, fmt.Sprintf("#work Greeting %d.", i), told.add)
			srv.Announce("errbot", payload{"channel": "#ops", "message": fmt.Sprintf("announcement %d", i)})
		}
		if run == kills { // what is left is told by the last one
			bot.until(t, told.add, func() bool { return told.complete(numbered) })
		}
		_ = bot.process.Process.Kill() // or it has ended, which is seen below
		bot.until(t, told.add, func() bool { return false })
		require.Error(t, bot.process.Wait())
	}
	require.True(t, told.complete(numbered))
	for _, format := range []string{"announcement %d", "Hello %d!"} {
		twice := 0
		for _, text := range texts(numbered, format) {
			twice += told.times[text] - 1
		}
		require.LessOrEqual(t, twice, kills, format)
	}
	require.Equal(t, texts(numbered, "announcement %d"), told.first("announcement"))
}

// record is what a bot has told.
type record struct {
	order []string // each once
	times map[string]int
}

// add takes a line of a child: a room and what is said there.
func (r *record) add(line string) {
	_, text, _ := strings.Cut(line, " ")
	if r.times[text]++; r.times[text] == 1 {
		r.order = append(r.order, text)
	}
}

// first returns what begins with prefix, in the order in which it was first told.
func (r *record) first(prefix string) (list []string) {
	for _, text := range r.order {
		if strings.HasPrefix(text, prefix) {
			list = append(list, text)
		}
	}
	return list
}

func (r *record) complete(n int) bool {
	return len(r.first("announcement")) == n && len(r.first("Hello")) == n
}

// child is a bot in a process of its own.
type child struct {
	process *exec.Cmd
	input   io.Writer
	output  *bufio.Scanner
}

func startChild(ctx context.Context, t *testing.T, srv *st2test.Server, folder string) child {
	t.Helper()
	process := exec.CommandContext(ctx, os.Args[0])
	process.Env = append(os.Environ(), crashFolder+"="+folder, crashSection+"="+section(srv, passwordAuth))
	in, err := process.StdinPipe()
	require.NoError(t, err)
	out, err := process.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, process.Start())
	return child{process, in, bufio.NewScanner(out)}
}

func (c child) say(t *testing.T, text string) {
	t.Helper()
	_, err := fmt.Fprintln(c.input, text)
	require.NoError(t, err)
}

// hear takes lines up to one.
func (c child) hear(t *testing.T, wanted string, take func(line string)) {
	t.Helper()
	heard := false
	c.until(t, func(line string) { take(line); heard = line == wanted }, func() bool { return heard })
	require.True(t, heard, "%q was not said", wanted)
}

// until takes lines until that is enough, or the child has ended.
func (c child) until(t *testing.T, take func(line string), enough func() bool) {
	t.Helper()
	for !enough() && c.output.Scan() {
		take(c.output.Text())
	}
}
