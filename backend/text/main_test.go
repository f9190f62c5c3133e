package text_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/text"
)

// asBot is the environment variable that makes this program a bot and no test. Its value
// is the colour theme.
const asBot = "ERRBOT_TEXT_TEST_BOT"

func TestMain(m *testing.M) {
	if theme, ok := os.LookupEnv(asBot); ok {
		os.Exit(bot(theme))
	}
	goleak.VerifyTestMain(m)
}

// bot runs a small bot on standard input and output. What comes from file descriptor 3
// is said by the bot at once, or logged after the word "log".
func bot(theme string) int {
	b := text.New(text.Options{
		Admin:       "@boss",
		Welcome:     "**welcome**",
		ColorTheme:  theme,
		HistoryFile: os.Getenv("HISTORY"),
	})
	b.SetCompleter(func(prefix string) []string {
		return []string{"!status", "!say ", "!stop", "unrelated"}
	})
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	say := func(ref backend.Ref, body string) { _, _ = b.Send(ctx, &backend.Message{Ref: ref, Body: body}) }
	go func() {
		for lines := bufio.NewScanner(os.NewFile(3, "orders")); lines.Scan(); {
			room, body, _ := strings.Cut(lines.Text(), " ")
			if room == "log" {
				fmt.Fprintln(b.LogWriter(os.Stderr), body)
				continue
			}
			ref, _ := b.Resolve(ctx, room)
			say(ref, body)
		}
	}()
	err := b.Run(ctx, host(func(m *backend.Message) {
		switch command, rest, _ := strings.Cut(m.Body, " "); command {
		case "!asuser":
			b.AsUser(rest)
		case "!inroom":
			b.InRoom(rest)
		case "!ml":
			b.ToggleMultiline()
		case "!hang":
			time.AfterFunc(time.Hour, m.Done)
			return
		default:
			say(m.Ref, fmt.Sprintf("heard **%q** from %s", m.Body, m.From))
		}
		m.Done()
	}))
	if err != nil && !errors.Is(err, backend.ErrEnd) {
		return 1
	}
	fmt.Println("over")
	return 0
}
