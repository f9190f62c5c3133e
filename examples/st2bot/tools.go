package main

import (
	"context"
	_ "embed" // for the sample
	"fmt"
	"log/slog"
	"strings"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/st2/st2test"
)

// sample is a configuration file with every key explained.
//
//go:embed st2bot.yaml
var sample string

// check is the command "check".
func check(path string, std streams) error {
	c, p, warnings, err := dryRun(path, std)
	if err != nil {
		return err
	}
	for _, w := range warnings {
		fmt.Fprintln(std.err, "warning:", w)
	}
	c.StackStorm = nil // the plugin knows what is in effect
	for _, section := range []any{c, map[string]any{"stackstorm": p.stackStorm.Config()}} {
		text, err := conf.Encode(section)
		if err != nil {
			return err
		}
		if _, err := std.out.Write(text); err != nil {
			return err
		}
	}
	return nil
}

// dryRun puts a bot together as its configuration says, without a log and without any I/O
// but reading files.
func dryRun(path string, std streams) (*config, *program, []string, error) {
	c, warnings, read := readConfig(path)
	if c == nil {
		return nil, nil, nil, read
	}
	if c.StackStorm == nil {
		warnings = append(warnings, "there is no section stackstorm: the bot will use a StackStorm in memory")
		c.Sections = map[string]*conf.Document{"stackstorm": demoSection("http://127.0.0.1:9101")}
	}
	p, err := assemble(c, read, slog.New(slog.DiscardHandler), std)
	return c, p, warnings, err
}

// explain is the command "acl".
func explain(cli commandLine, std streams) error {
	asked := cli.ACL
	_, p, _, err := dryRun(asked.Config, std)
	if err != nil {
		return err
	}
	text := strings.Join(asked.Command, " ")
	m := &backend.Message{From: backend.Person{ID: asked.User, ACL: asked.User}, Groups: asked.Group}
	if asked.Room != "" {
		m.Room = &backend.Room{ID: asked.Room, ACL: asked.Room}
	}
	decision, ok := p.Explain(m, text)
	if !ok {
		return usageError{fmt.Errorf("%q is no command of this bot", text)}
	}
	_, err = fmt.Fprintln(std.out, decision.Explain())
	return err
}

// serveStackStorm is the command "stackstorm".
func serveStackStorm(ctx context.Context, listen, auth string, std streams) error {
	mode := map[string]st2test.AuthMode{
		"standalone": st2test.AuthStandalone, "proxy": st2test.AuthProxy, "disabled": st2test.AuthDisabled,
	}[auth]
	server, err := startDemoStackStorm(st2test.WithListen(listen), st2test.WithAuth(mode))
	if err != nil {
		return usageError{fmt.Errorf("listen on %s: %w", listen, err)}
	}
	defer server.Close()
	_, err = fmt.Fprintf(std.out, `StackStorm in memory, until Ctrl-C:
  auth_url:   %s
  api_url:    %s
  stream_url: %s
  account:    st2admin, password st2admin
`, server.AuthURL(), server.APIURL(), server.StreamURL())
	if err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}
