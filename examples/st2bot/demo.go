package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/st2/st2test"
)

// demoDelay is how long the StackStorm in memory takes from the end of an execution to its
// announcement; a real one takes several seconds.
const demoDelay = 300 * time.Millisecond

// demoConfig is the configuration of a bot that was given none.
func demoConfig() *config {
	c := &config{Config: bot.DefaultConfig(), Backend: "text", LogLevel: "ERROR"}
	c.Admins = bot.List{"@admin"}
	return c
}

func demoWelcome(prefix string) string {
	return strings.ReplaceAll(`**st2bot** talks to a StackStorm in memory: nothing here touches a real machine.
Try
- !st2help — what StackStorm can do
- !st2 greet world — an action, its acknowledgement and its result
- !st2 apu status web — another one
- !st2 run uptime — a simulated command
- !help — everything else; !whoami, !status
- !asuser bob, !inroom #ops — be somebody else, somewhere else
Ctrl-D ends.`, "- !", "- "+prefix)
}

// useDemoStackStorm starts a StackStorm in memory and configures the bot for it.
func (c *config) useDemoStackStorm(log *slog.Logger, path string) (stop func(), err error) {
	if path != "" {
		log.Warn("there is no section stackstorm in the configuration: the bot uses a StackStorm in memory, which does nothing real", "configuration", path)
	}
	server, err := startDemoStackStorm()
	if err != nil {
		return nil, fmt.Errorf("start the StackStorm in memory: %w", err)
	}
	c.Sections = map[string]*conf.Document{"stackstorm": demoSection(server.URL())}
	return server.Close, nil
}

// demoSection is the section stackstorm for a server in memory at url.
func demoSection(url string) *conf.Document {
	doc, err := conf.Parse("demonstration", fmt.Appendf(nil, `
auth_url: %[1]s/auth/v1
api_url: %[1]s/api/v1
stream_url: %[1]s/stream/v1
api_auth: {user: {name: st2admin, password: st2admin}}
`, url), nil)
	if err != nil {
		panic(err) // the text above is ours
	}
	return doc
}

// startDemoStackStorm starts a StackStorm in memory with some aliases that show what
// ChatOps is.
func startDemoStackStorm(options ...st2test.Option) (*st2test.Server, error) {
	server, err := st2test.Start(append([]st2test.Option{st2test.WithNotifyDelay(demoDelay)}, options...)...)
	if err != nil {
		return nil, err
	}
	for _, d := range demoAliases {
		server.AddAction(st2test.Action{Ref: d.action, Parameters: parameters(d.parameters), Run: d.run})
		server.AddAlias(st2test.Alias{
			Pack:        "demo",
			Name:        strings.TrimPrefix(d.action, "demo."),
			Description: d.description,
			ActionRef:   d.action,
			Formats:     []st2test.Format{{Display: d.display, Representation: []string{d.representation}}},
			Ack:         d.ack,
			Result:      map[string]any{"format": d.result},
			Demo:        true,
		})
	}
	return server, nil
}

// demoAlias is an alias with the action that it runs.
type demoAlias struct {
	action, display, representation, description string
	parameters                                   []string
	ack                                          map[string]any
	result                                       string
	run                                          func(ctx context.Context, call *st2test.Call) (any, error)
}

var demoAliases = []demoAlias{
	{
		action: "demo.greet", parameters: []string{"name"},
		display: "greet <name>", representation: "greet {{name}}",
		description: "Greet somebody.",
		result:      "{{execution.result.result}}",
		run: func(_ context.Context, call *st2test.Call) (any, error) {
			return fmt.Sprintf("Hello, %s!", call.Parameters["name"]), nil
		},
	},
	{
		action: "demo.apu_status", parameters: []string{"role"},
		display: "apu status <role>", representation: "apu status {{role}}",
		description: "How far the automatic package upgrade of a role is.",
		ack:         map[string]any{"format": "Looking at the hosts with the role {{execution.parameters.role}}.", "append_url": false},
		result:      "{{execution.result.result}}",
		run: func(_ context.Context, call *st2test.Call) (any, error) {
			return fmt.Sprintf("Upgrade of %s: 3 of 4 hosts are done.", call.Parameters["role"]), nil
		},
	},
	{
		action: "demo.apu_start", parameters: []string{"role"},
		display: "apu start <role>", representation: "apu start {{role}}",
		description: "Start the automatic package upgrade of a role.",
		ack:         map[string]any{"format": "Starting the upgrade of {{execution.parameters.role}}.", "append_url": false},
		result:      "{{execution.result.result}}",
		run: func(_ context.Context, call *st2test.Call) (any, error) {
			return fmt.Sprintf("The upgrade of %s has been started on 4 hosts.", call.Parameters["role"]), nil
		},
	},
	{
		action: "demo.run", parameters: []string{"cmd"},
		display: "run <cmd>", representation: "run {{cmd}}",
		description: "Pretend to run a command on a server.",
		ack:         map[string]any{"format": "Hold tight while I pretend to run `{{execution.parameters.cmd}}`."},
		result:      "Done.{~}```\n{{execution.result.result}}\n```",
		run:         pretend,
	},
}

// pretend answers as a server might. It runs nothing.
func pretend(_ context.Context, call *st2test.Call) (any, error) {
	line := fmt.Sprint(call.Parameters["cmd"])
	command, rest, _ := strings.Cut(line, " ")
	answers := map[string]string{
		"echo":     rest,
		"date":     time.Now().UTC().Format(time.UnixDate),
		"hostname": "web1.example.com",
		"uptime":   " 12:00:00 up 42 days,  3:14,  1 user,  load average: 0.08, 0.03, 0.01",
		"whoami":   "stanley",
	}
	return cmp.Or(answers[command], command+": simulated, nothing was run"), nil
}

// parameters makes required texts of names.
func parameters(names []string) map[string]any {
	all := map[string]any{}
	for _, name := range names {
		all[name] = map[string]any{"type": "string", "required": true}
	}
	return all
}
