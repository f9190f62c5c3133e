package st2_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/st2"
	"github.com/go-errbot/errbot/st2/st2test"
)

func TestMain(m *testing.M) {
	if folder := os.Getenv(crashFolder); folder != "" {
		os.Exit(runUntilKilled(folder))
	}
	goleak.VerifyTestMain(m)
}

const (
	password = "pa55word-of-the-bot"
	timeout  = bottest.Timeout
)

// newStackStorm returns a StackStorm with some commands.
func newStackStorm(t testing.TB, options ...st2test.Option) *st2test.Server {
	t.Helper()
	srv := st2test.New(t, append([]st2test.Option{st2test.WithAccount("errbot", password)}, options...)...)
	srv.AddAction(st2test.Action{
		Ref:        "demo.greet",
		Parameters: map[string]any{"name": map[string]any{"type": "string", "required": true}},
		Run: func(_ context.Context, call *st2test.Call) (any, error) {
			return fmt.Sprintf("Hello %s!", call.Parameters["name"]), nil
		},
	})
	srv.AddAlias(st2test.Alias{
		Pack: "demo", Name: "greet", Description: "Greets somebody.", ActionRef: "demo.greet",
		Formats: []st2test.Format{{Text: "greet {{name}}"}},
		Ack:     map[string]any{"format": "Greeting {{ execution.parameters.name }}."},
		Result:  map[string]any{"format": "{{ execution.result.result }}"},
	})
	return srv
}

// section returns a configuration for srv, with more keys.
func section(srv *st2test.Server, more ...string) string {
	return strings.Join(append([]string{
		"auth_url: " + srv.AuthURL(),
		"api_url: " + srv.APIURL(),
		"stream_url: " + srv.StreamURL(),
	}, more...), "\n")
}

const passwordAuth = "api_auth: {user: {name: errbot, password: " + password + "}}"

// configured makes a bot's option of the text of a section.
func configured(t testing.TB, text string) bottest.Option {
	t.Helper()
	doc, err := conf.Parse("bot.yaml", []byte("stackstorm:\n  "+strings.ReplaceAll(text, "\n", "\n  ")), nil)
	require.NoError(t, err)
	return bottest.WithConfig(func(cfg *bot.Config) {
		cfg.Sections = map[string]*conf.Document{"stackstorm": doc.Section("stackstorm")}
	})
}

// newChat returns a bot that is connected to srv.
func newChat(t testing.TB, srv *st2test.Server, more ...string) *bottest.Chat {
	t.Helper()
	if len(more) == 0 {
		more = []string{passwordAuth}
	}
	return bottest.NewWith(t, []bottest.Option{configured(t, section(srv, more...))}, st2.New())
}

func TestCommand(t *testing.T) {
	chat := newChat(t, newStackStorm(t))
	chat.As("@alice").In("#ops").Say("!st2 greet world").Expect("Greeting world.", "Hello world!")
	chat.As("@alice").Say("!st2 greet me").Expect("Greeting me.", "Hello me!")
}

// commands returns the requests that start commands.
func commands(srv *st2test.Server) []st2test.Request {
	return slices.DeleteFunc(srv.Requests(), func(r st2test.Request) bool { return r.Method == http.MethodGet })
}
