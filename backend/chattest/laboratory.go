package chattest

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/st2/st2test"
)

// Accounts of StackStorm.
const (
	account         = "errbot"
	accountPassword = "pa55word-of-the-bot"
	person          = "ada"
	personPassword  = "ada's-pa55word"
)

// noCard at the end of a result makes all of it a pretext, which stands outside the card that
// shows the status by its colour.
const noCard = "{~}"

// laboratory is a StackStorm with commands to try.
type laboratory struct {
	*st2test.Server
	release func() // lets the command that waits go on
}

func newLaboratory(t testing.TB) *laboratory {
	l := &laboratory{Server: st2test.New(t, st2test.WithAccount(account, accountPassword))}
	l.AddUser(person, personPassword)
	released := make(chan struct{})
	l.release = sync.OnceFunc(func() { close(released) })
	t.Cleanup(l.release)
	l.command("greet {{name}}", "Greeting {{ execution.parameters.name }}.", nil, func(_ context.Context, call *st2test.Call) (any, error) {
		return fmt.Sprintf("Hello %s!", call.Parameters["name"]) + noCard, nil
	})
	l.command("report", "Reporting.", map[string]any{"color": "good"}, func(context.Context, *st2test.Call) (any, error) {
		return "The night's report{~}All hosts are up.", nil
	})
	l.command("dump", "Dumping.", nil, func(context.Context, *st2test.Call) (any, error) { return dump(), nil })
	l.command("wait", "Waiting.", nil, func(ctx context.Context, _ *st2test.Call) (any, error) {
		select {
		case <-released:
			return "released" + noCard, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	})
	return l
}

// command adds an alias and its action, which are named after the format's first word.
func (l *laboratory) command(format, ack string, extra map[string]any, run func(ctx context.Context, call *st2test.Call) (any, error)) {
	name := strings.Fields(format)[0]
	parameters := map[string]any{}
	if strings.Contains(format, "{{name}}") {
		parameters["name"] = map[string]any{"type": "string", "required": true}
	}
	l.AddAction(st2test.Action{Ref: "demo." + name, Parameters: parameters, Run: run})
	l.AddAlias(st2test.Alias{
		Pack: "demo", Name: name, Description: "A command to try.", ActionRef: "demo." + name,
		Formats: []st2test.Format{{Text: format}},
		Ack:     map[string]any{"format": ack},
		Result:  map[string]any{"format": "{{ execution.result.result }}", "extra": extra},
	})
}

// section returns the bot's configuration.
func (l *laboratory) section() string {
	return fmt.Sprintf(`
host:
  access_controls: {"Utils:echo": {denyrooms: ["*"]}}
stackstorm:
  auth_url: %s
  api_url: %s
  stream_url: %s
  api_auth: {user: {name: %s, password: %s}}
  rbac_auth: {clientside: {url: "https://bot.example.com"}}
`, l.AuthURL(), l.APIURL(), l.StreamURL(), account, accountPassword)
}

// started returns how many commands were sent to StackStorm, and users as whom.
func (l *laboratory) started() int { return len(l.users()) }

func (l *laboratory) users() (users []string) {
	for _, r := range l.Requests() {
		if r.Method == http.MethodPost && strings.HasSuffix(r.Path, "match_and_execute") {
			users = append(users, r.User)
		}
	}
	return users
}

// dump returns 100 kB of lines.
func dump() string {
	lines := make([]string, 1000)
	for i := range lines {
		lines[i] = fmt.Sprintf("line %04d %s", i, strings.Repeat("x", 90))
	}
	return strings.Join(lines, "\n")
}

// ear is a plugin that notes where the bot said something.
type ear struct{ last chan<- backend.Ref }

// Name implements [bot.Plugin].
func (*ear) Name() string { return "Ear" }

// Register implements [bot.Plugin].
func (e *ear) Register(r *bot.Registry) error {
	r.Listen(func(_ context.Context, event backend.Event) error {
		sent, ok := event.(backend.Sent)
		if !ok {
			return nil
		}
		select {
		case e.last <- sent.Message.Ref:
		default: // nobody asks
		}
		return nil
	})
	return nil
}
