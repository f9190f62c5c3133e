package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/st2"
	"github.com/go-errbot/errbot/st2/doctor"
)

// doctorLine is the command line of "doctor".
type doctorLine struct {
	Config  string `short:"c" required:"" placeholder:"FILE" help:"Configuration file."`
	JSON    bool   `name:"json" help:"Print the results as a JSON array."`
	NoProbe bool   `help:"Post no probe through StackStorm."`
	NoChat  bool   `help:"Do not connect to the chat network, where a bot is connected that must not be disturbed."`
}

// ruleLine is the command line of "rule".
type ruleLine struct {
	Config string `short:"c" placeholder:"FILE" help:"Configuration file, for its route."`
	Route  string `placeholder:"ROUTE" help:"Route of the bot; without it, that of the configuration, or errbot."`
}

// examine is the command "doctor".
func examine(ctx context.Context, line doctorLine, std streams) error {
	options, end, wrong := patient(line, std)
	if wrong != nil && (options == nil || !line.JSON) {
		return wrong
	}
	defer end()
	paper := &chart{std: std, width: len(slices.MaxFunc(doctor.Checks(), func(a, b string) int { return len(a) - len(b) }))}
	if !line.JSON {
		paper.progress = isTerminal(std.err)
		options.OnStart, options.OnResult = paper.start, paper.result
	}
	results := doctor.Run(ctx, *options)
	if line.JSON {
		text, err := json.MarshalIndent(results, "", "  ")
		if err != nil {
			return err
		}
		fmt.Fprintf(std.out, "%s\n", text)
	}
	if wrong != nil {
		return wrong
	}
	return verdict(results)
}

// verdict is an error when something failed.
func verdict(results []doctor.Result) error {
	if !doctor.Failed(results) {
		return nil
	}
	failed := 0
	for _, r := range results {
		if r.Status == doctor.Failure {
			failed++
		}
	}
	if failed == 1 {
		return errors.New("1 check failed")
	}
	return fmt.Errorf("%d checks failed", failed)
}

// patient reads what is to be examined. Where the error is about mistakes that were found in
// the file, there are options as well.
func patient(line doctorLine, std streams) (o *doctor.Options, end func(), err error) {
	c, warnings, read := readConfig(line.Config)
	if c == nil {
		return nil, nil, read
	}
	end = func() {}
	log := slog.New(slog.DiscardHandler)
	if c.StackStorm == nil {
		if end, err = c.useDemoStackStorm(log, ""); err != nil {
			return nil, nil, err
		}
		warnings = append(warnings, "there is no section stackstorm: the bot uses a StackStorm in memory, which does nothing real")
	}
	// Whoever is at the terminal is not at the bot's.
	quiet := streams{in: strings.NewReader(""), out: io.Discard, err: std.err}
	p, err := assemble(c, read, log, quiet)
	if err != nil {
		return &doctor.Options{Mistakes: err}, end, err
	}
	options := p.stackStorm.Doctor()
	options.Remarks = append(warnings, options.Remarks...)
	options.NoProbe = line.NoProbe
	options.Web = webOf(c.Webserver)
	if !line.NoChat {
		if options.Backend, _, err = networks[c.Backend](c, log, quiet); err != nil {
			end()
			return nil, nil, err
		}
	}
	return &options, end, nil
}

// webOf says where a web server listens.
func webOf(w *bot.Webserver) *doctor.Web {
	switch {
	case w == nil:
		return nil
	case w.SSL.Enabled:
		return &doctor.Web{
			Address:  net.JoinHostPort(w.SSL.Host, strconv.Itoa(w.SSL.Port)),
			CertFile: w.SSL.Certificate, KeyFile: w.SSL.Key,
		}
	}
	return &doctor.Web{Address: net.JoinHostPort(w.Host, strconv.Itoa(w.Port))}
}

// chart writes results for people, as they come.
type chart struct {
	std      streams
	width    int  // of the longest name of a check
	progress bool // say what is being looked at
}

const clearLine = "\r\x1b[K"

func (c *chart) start(check string) {
	if c.progress {
		fmt.Fprintf(c.std.err, "looking at: %s …", check)
	}
}

func (c *chart) result(r doctor.Result) {
	if c.progress {
		fmt.Fprint(c.std.err, clearLine)
	}
	fmt.Fprintf(c.std.out, "%-7s  %-*s  %s\n", r.Status, c.width, r.Check, r.Summary)
	if r.Advice != "" {
		fmt.Fprintf(c.std.out, "%-7s  %-*s  → %s\n", "", c.width, "", r.Advice)
	}
}

func isTerminal(w io.Writer) bool {
	file, isFile := w.(*os.File)
	if !isFile {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// writeRule is the command "rule".
func writeRule(line ruleLine, std streams) error {
	route := line.Route
	if route == "" {
		route = st2.DefaultRoute
		if line.Config != "" {
			_, p, _, err := dryRun(line.Config, std)
			if err != nil {
				return err
			}
			route = p.stackStorm.Doctor().Route
		}
	}
	text, err := st2.NotifyRule(route)
	if err != nil {
		return usageError{err}
	}
	_, err = io.WriteString(std.out, text)
	return err
}
