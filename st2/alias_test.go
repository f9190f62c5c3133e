package st2_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/go-errbot/errbot/st2"
	"github.com/go-errbot/errbot/st2/st2test"
)

// addAlias adds an alias with one format and a result that is easily recognised.
func addAlias(srv *st2test.Server, format string, ack, result map[string]any) {
	name := strings.Fields(format)[0]
	srv.AddAction(st2test.Action{Ref: "demo." + name, Run: func(context.Context, *st2test.Call) (any, error) { return "done", nil }})
	if result == nil {
		result = map[string]any{"format": "{{ execution.result.result }}"}
	}
	srv.AddAlias(st2test.Alias{Pack: "demo", Name: name, ActionRef: "demo." + name, Formats: []st2test.Format{{Text: format}}, Ack: ack, Result: result})
}

func TestAcknowledgement(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ack    map[string]any
		config string
		want   string // a regular expression; "" means none
	}{
		"none":                 {nil, "", `^Started, as execution [0-9a-f]{24}\.$`},
		"its own text":         {map[string]any{"format": "on it: {{ execution.status }}"}, "", `^on it: requested$`},
		"rendered once":        {map[string]any{"format": "a {{ '{{' }} b"}, "", `^a \{\{ b$`},
		"switched off":         {map[string]any{"enabled": false, "format": "on it"}, "", ""},
		"empty":                {map[string]any{"format": ""}, "", ""},
		"with address":         {map[string]any{"format": "on it", "append_url": true}, "", `^on it\nDetails: https://localhost/#/history/[0-9a-f]{24}/general$`},
		"without address":      {map[string]any{"format": "on it", "append_url": false}, "", `^on it$`},
		"default with address": {map[string]any{"append_url": true}, "", `^Started, as execution [0-9a-f]{24}\.\nDetails: https://`},
		"another address":      {map[string]any{"format": "on it", "append_url": true}, "web_url: https://st2.example.com/", `^on it\nDetails: https://st2.example.com/#/history/[0-9a-f]{24}/general$`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newStackStorm(t)
			addAlias(srv, "work", c.ack, nil)
			config := []string{passwordAuth}
			if c.config != "" {
				config = append(config, c.config)
			}
			ops := newChat(t, srv, config...).As("@alice").In("#ops").Say("!st2 work")
			if c.want != "" {
				ops.ExpectMatch(c.want)
			}
			ops.Expect("done")
		})
	}
}

// One command is one request, which names the room and the person, or the person alone.
func TestOneRequest(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	chat := newChat(t, srv)
	srv.ForgetRequests()
	chat.As("@alice").In("#ops").Say("!st2   greet “the\u00a0world”  ").Expect("Greeting the world.", "Hello the world!")
	chat.As("@bob").Say("!st2 greet\u202fme").Expect("Greeting me.", "Hello me!")
	requests := commands(srv)
	require.Len(t, requests, 2)
	for i, want := range []map[string]string{
		{"command": `greet "the world"`, "user": "@alice", "source_channel": "#ops", "notification_route": "errbot"},
		{"command": "greet me", "user": "@bob", "source_channel": "@bob", "notification_route": "errbot"},
	} {
		require.Equal(t, "/api/v1/aliasexecution/match_and_execute", requests[i].Path)
		var body map[string]string
		require.NoError(t, json.Unmarshal([]byte(requests[i].Body), &body))
		require.Equal(t, want, body)
	}
}

// A command whose answers are diverted has its result diverted, too.
func TestDiverted(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	divert := bottest.WithConfig(func(cfg *bot.Config) { cfg.DivertToPrivate = bot.List{"st2"} })
	chat := bottest.NewWith(t, []bottest.Option{configured(t, section(srv, passwordAuth)), divert}, st2.New())
	chat.As("@alice").In("#ops").Say("!st2 greet you").ExpectNothing()
	chat.As("@alice").Expect("Greeting you.", "Hello you!")
	chat.In("#ops").ExpectNothing()
}

func TestSeveralResults(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	srv.AddAlias(st2test.Alias{
		Pack: "demo", Name: "tickets", ActionRef: "demo.greet",
		Formats: []st2test.Format{{Display: "tickets", Representation: []string{`(?:\s|^)(?P<name>T-\d+)(?:|$)`}, MatchMultiple: true}},
		Ack:     map[string]any{"format": "looking at {{ execution.parameters.name }}"},
		Result:  map[string]any{"enabled": false},
	})
	chat := newChat(t, srv)
	got := chat.As("@alice").In("#ops").Say("!st2 see T-1 and T-2")
	got.ExpectContains("looking at T-1").ExpectContains("looking at T-2").ExpectNothing()
}

func TestPrefix(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	chat := newChat(t, srv, passwordAuth, "plugin_prefix: p.x")
	alice := chat.As("@alice")
	alice.Say("!p.x greet you").Expect("Greeting you.", "Hello you!")
	alice.Say("!p.x").Expect("Which StackStorm command? !st2help lists what there is.")
	alice.Say("!pqx greet you").ExpectContains("not found")
	alice.Say("!p.xgreet you").ExpectContains("not found")
	alice.Say("!p.xhelp").ExpectContains("!p.x greet {{name}}")
	alice.Say("!st2help").ExpectContains("!p.x greet {{name}}")

	alice = newChat(t, srv, passwordAuth, "plugin_prefix: ''").As("@alice")
	alice.Say("!greet you").Expect("Greeting you.", "Hello you!")
	alice.Say("!st2help").ExpectContains("\n  !greet {{name}}")
	alice.Say("!nope").ExpectContains(`No StackStorm command matches "nope".`)
}

func TestWithoutCommand(t *testing.T) {
	t.Parallel()
	alice := newChat(t, newStackStorm(t)).As("@alice")
	for _, said := range []string{"!st2", "!st2 ", "!st2 \u00a0\n"} {
		alice.Say(said).Expect("Which StackStorm command? !st2help lists what there is.").ExpectNothing()
	}
	alice.Say("!st2 " + strings.Repeat("x", 33<<10)).Expect("The command is too long: StackStorm is sent at most 32768 bytes.")
}

func TestErrors(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	addAlias(srv, "twice {{x}}", nil, nil)
	srv.AddAlias(st2test.Alias{Pack: "demo", Name: "other", ActionRef: "demo.greet", Formats: []st2test.Format{{Text: "twice {{y}}"}}})
	srv.AddAlias(st2test.Alias{Pack: "demo", Name: "lost", ActionRef: "demo.nowhere", Formats: []st2test.Format{{Text: "lost"}}})
	srv.AddAlias(st2test.Alias{Pack: "demo", Name: "badack", ActionRef: "demo.greet",
		Formats: []st2test.Format{{Text: "badack {{name}}"}}, Ack: map[string]any{"format": "{{ 1 | nosuchfilter }}"}, Result: map[string]any{"enabled": false}})
	srv.AddAction(st2test.Action{Ref: "demo.count", Parameters: map[string]any{"n": map[string]any{"type": "integer", "required": true}}})
	srv.AddAlias(st2test.Alias{Pack: "demo", Name: "count", ActionRef: "demo.count", Formats: []st2test.Format{{Text: "count {{n}}"}, {Text: "count"}}})
	chat := newChat(t, srv)
	alice := chat.As("@alice")
	for said, want := range map[string]string{
		"twice now":      `More than one StackStorm command matches "twice now": "!st2 twice {{y}}" (demo.other), "!st2 twice {{x}}" (demo.twice). Please write it more precisely.`,
		"great you":      `No StackStorm command matches "great you". Did you mean "!st2 greet {{name}}"? !st2help lists what there is.`,
		"xyzzy":          `No StackStorm command matches "xyzzy". !st2help lists what there is.`,
		"count many":     `StackStorm says: Failed to cast value "many" (type: str) for parameter "n" of type "integer": invalid literal for int() with base 10: 'many'. Perhaps the value is of an invalid type?`,
		"count":          `StackStorm says: 'n' is a required property.`,
		"greet x nope=1": `StackStorm says: Additional properties are not allowed ('nope' was unexpected).`,
		"lost":           `StackStorm says: Action with ref "demo.nowhere" not found.`,
		"badack x":       `StackStorm answered with an error: Internal Server Error. The command was started all the same, as execution `,
	} {
		alice.Say("!st2 " + said).ExpectContains(want)
	}
	require.Contains(t, chat.Log(), "Failed validating")
	alice.Say("!st2 " + strings.Repeat("long ", 100)).ExpectMatch(`^No StackStorm command matches "(long ?)+…"\. !st2help lists what there is\.$`)

	srv.Deny("errbot", "action_execute")
	alice.Say("!st2 greet you").Expect(`StackStorm does not permit that: User "errbot" doesn't have required permission "action_execute" on resource "action:demo:greet".`)
}

// RabbitMQ down: StackStorm has stored what it was asked for, so it is not safe to repeat.
func TestMessageBusDown(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	alice := newChat(t, srv).As("@alice")
	srv.SetFaults(st2test.Faults{RabbitDown: true})
	srv.ForgetRequests()
	alice.Say("!st2 greet you").ExpectMatch(`^StackStorm's message bus \(RabbitMQ\) cannot be reached\. The command is stored as execution [0-9a-f]{24} and may never run\. If it does, its result will follow\.$`)
	require.Len(t, commands(srv), 1)
}

// An action that does not exist any more, or a forbidden command, is not suggested.
func TestSuggestionsAreAllowed(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	addAlias(srv, "grant <what>", nil, nil)
	rules := rulesOption(t, "'st2 grant*': {allowusers: '@admin1'}")
	chat := bottest.NewWith(t, []bottest.Option{configured(t, section(srv, passwordAuth)), rules}, st2.New())
	chat.As("@alice").Say("!st2 gramt x").ExpectContains("greet").ExpectNothing()
	chat.As("@admin1").Say("!st2 gramt x").ExpectContains(`Did you mean "!st2 grant <what>" or "!st2 greet {{name}}"?`)
}

// A command costs one request on a connection that is there already: nothing else is asked, and
// no connection is made, before its acknowledgement.
func TestOneRequestOnAWarmConnection(t *testing.T) {
	t.Parallel()
	const count = 50
	srv := newStackStorm(t)
	addAlias(srv, "quiet", payload{"format": "ok"}, payload{"enabled": false})
	api, err := url.Parse(srv.APIURL())
	require.NoError(t, err)
	var connections, requests atomic.Int32
	forward := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: api.Scheme, Host: api.Host})
	front := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		forward.ServeHTTP(w, r)
	}))
	front.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	front.Start()
	t.Cleanup(front.Close)
	doc := strings.Replace(section(srv, passwordAuth, "timer_update: 3600"), "api_url: "+srv.APIURL(), "api_url: "+front.URL+api.Path, 1)
	alice := bottest.NewWith(t, []bottest.Option{configured(t, doc)}, st2.New()).As("@alice")
	alice.Say("!st2 quiet").Expect("ok") // which warms it
	connections.Store(0)
	requests.Store(0)
	for range count {
		alice.Say("!st2 quiet").Expect("ok")
	}
	// What the bot asks by itself, such as for inquiries when it has begun, may be among them.
	require.Less(t, requests.Load(), int32(count+count/2))
	require.Less(t, connections.Load(), int32(count/2))
}
