package st2_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

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
		b, err := bot.New(cfg, network, bot.WithStorage(storage), bot.WithPlugins(st2.Hasty(st2.New())))
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

// A bot that is killed again and again tells everything, and at most the message twice that each
// place was being sent when it was killed.
func TestKilled(t *testing.T) {
	t.Parallel()
	const kills = 5
	srv := newStackStorm(t, st2test.WithMaxExecutions(20*numbered()))
	folder := t.TempDir()
	said := map[string]int{}
	announced := 0
	for run := range kills + 1 {
		child, input, output := startChild(t, srv, folder)
		go func() {
			for i := range numbered() {
				if i%(kills+1) == run {
					_, _ = fmt.Fprintf(input, "!st2 greet %d\n", i)
				}
			}
		}()
		target := len(said) + numbered()/kills
		for lines := bufio.NewScanner(output); lines.Scan(); {
			if place, text, _ := strings.Cut(lines.Text(), " "); place == "#ops" || strings.HasPrefix(text, "Hello") {
				said[text]++
			}
			if announced < numbered() && announced < (run+1)*numbered()/kills {
				srv.Announce("errbot", payload{"channel": "#ops", "message": fmt.Sprintf("announcement %d", announced)})
				announced++
			}
			missing := false
			for i := 0; run == kills && i < announced && !missing; i++ {
				missing = said[fmt.Sprintf("announcement %d", i)] == 0
			}
			if run < kills && len(said) >= target || run == kills && announced == numbered() && !missing {
				_ = child.Process.Kill()
			}
		}
		require.Error(t, child.Wait())
	}
	twice := 0
	for i := range numbered() {
		n := said[fmt.Sprintf("announcement %d", i)]
		require.GreaterOrEqual(t, n, 1, "announcement %d was lost", i)
		twice += n - 1
	}
	require.LessOrEqual(t, twice, kills)
}

// startChild starts a bot in a process of its own.
func startChild(t *testing.T, srv *st2test.Server, folder string) (child *exec.Cmd, input io.Writer, output io.Reader) {
	t.Helper()
	child = exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), crashFolder+"="+folder, crashSection+"="+section(srv, passwordAuth))
	in, err := child.StdinPipe()
	require.NoError(t, err)
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	return child, in, out
}

// What StackStorm loses on the way of a result is told from the execution.
func TestLostResults(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	srv.AddAction(st2test.Action{Ref: "demo.say", Parameters: payload{"text": payload{"type": "string"}},
		Run: func(_ context.Context, call *st2test.Call) (any, error) {
			if call.Parameters["text"] == "fail" {
				return nil, errors.New("it went wrong")
			}
			return call.Parameters["text"], nil
		}})
	for name, result := range map[string]payload{
		"say":     {"format": "{{ execution.result.result }}"},
		"extra":   {"format": "fine", "extra": payload{"slack": payload{"color": "{{ nosuch }}"}}},
		"nothing": {"enabled": false},
	} {
		srv.AddAlias(st2test.Alias{Pack: "demo", Name: name, ActionRef: "demo.say",
			Formats: []st2test.Format{{Text: name + " {{text}}"}}, Ack: payload{"enabled": false}, Result: result})
	}
	chat, p := newHasty(t, srv)
	ops := chat.As("@alice").In("#ops").Thread("t1")
	for said, want := range map[string]string{
		"say {{ nosuch }}":    "{{ nosuch }}",
		"say {{ 6*7 }}":       "{{ 6*7 }}",
		"say {% if %} broken": "{% if %} broken",
		"say plain":           "plain",
	} {
		ops.Say("!st2 " + said)
		m := ops.Next()
		require.Equal(t, want, m.Body)
		require.Equal(t, "t1", m.Thread)
	}
	ops.Say("!st2 extra words").ExpectMatch("(?s)^demo.say succeeded \\(execution [0-9a-f]{24}\\)\\.\n```\nwords\n```$")
	srv.RemoveRule("chatops.notify-errbot")
	ops.Say("!st2 say without a rule").Expect("without a rule")
	ops.Say("!st2 nothing at all")
	require.Eventually(t, func() bool { return st2.Tracked(p) <= 6 }, timeout, timeout/1000)
	require.NoError(t, st2.Recover(t.Context(), p))
	ops.ExpectNothing()
}
