// Command st2bot is StackStorm ChatOps as one static binary: the host of package bot with
// the st2 plugin and the core plugins. Without arguments it is a demonstration at the
// terminal, against a StackStorm in memory.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"
)

const description = `StackStorm ChatOps for your chat network.

Without arguments it starts a bot at this terminal, with a StackStorm in memory to talk to.
With -c it runs a configuration; "st2bot sample" prints one with every key explained.`

// commandLine is what st2bot understands.
type commandLine struct {
	Version kong.VersionFlag `help:"Print the version and exit."`

	Run struct {
		Config string `short:"c" placeholder:"FILE" help:"Configuration file; without one, a demonstration in memory."`
	} `cmd:"" default:"withargs" help:"Run the bot (this is what st2bot does without a command)."`
	Check struct {
		Config string `short:"c" required:"" placeholder:"FILE" help:"Configuration file."`
	} `cmd:"" help:"Check a configuration and print what is in effect, with secrets masked."`
	ACL struct {
		Config  string   `short:"c" required:"" placeholder:"FILE" help:"Configuration file."`
		User    string   `required:"" help:"Who asks, as !whoami shows it."`
		Room    string   `help:"In which room; without it, in private."`
		Group   []string `placeholder:"GROUP" help:"A group or role of the user's, as !whoami shows it; may be repeated."`
		Command []string `arg:"" help:"What is typed, with or without the prefix."`
	} `cmd:"" name:"acl" help:"Tell whether the access rules allow a command, and by which rule."`
	StackStorm struct {
		Listen string `default:"127.0.0.1:9101" help:"Address to listen on."`
		Auth   string `default:"standalone" enum:"standalone,proxy,disabled" help:"How it finds out who asks: standalone, proxy (as behind an authenticating proxy) or disabled."`
	} `cmd:"" name:"stackstorm" help:"Run the StackStorm in memory alone, for trying things and for tests."`
	Doctor doctorLine   `cmd:"" help:"Examine all that the bot needs, from the configuration to an announcement that comes back, and say what to do."`
	Rule   ruleLine     `cmd:"" help:"Print the notify rule to install in StackStorm."`
	Rekey  rekeyCommand `cmd:"" help:"Change the key of the encrypted secrets store, while no bot runs."`
	Sample struct{}     `cmd:"" help:"Print a configuration file with every key explained."`
}

// Exit codes.
const (
	exitOK    = 0
	exitError = 1 // it was set up well and something went wrong while it ran
	exitUsage = 2 // of the command line or the configuration
)

// usageError is an error in the command line or the configuration.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	// The first signal asks for a stop, the second one gets it.
	context.AfterFunc(ctx, stop)
	// "st2bot | head" ends the conversation instead of the process.
	signal.Ignore(syscall.SIGPIPE)
	os.Exit(run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// streams are the standard streams.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

func run(ctx context.Context, args []string, std streams) (code int) {
	var cli commandLine
	exited := false
	parser, err := kong.New(&cli,
		kong.Name("st2bot"),
		kong.Description(description),
		kong.Vars{"version": "st2bot " + version()},
		kong.Writers(std.out, std.err),
		kong.Exit(func(c int) { exited, code = true, c }),
	)
	if err != nil {
		return report(std.err, err)
	}
	command, err := parser.Parse(args)
	if exited { // --help and --version are done with
		return code
	}
	if err != nil {
		return report(std.err, usageError{fmt.Errorf("%w (st2bot --help tells more)", err)})
	}
	switch command.Command() {
	case "check":
		err = check(cli.Check.Config, std)
	case "acl <command>":
		err = explain(cli, std)
	case "stackstorm":
		err = serveStackStorm(ctx, cli.StackStorm.Listen, cli.StackStorm.Auth, std)
	case "doctor":
		err = examine(ctx, cli.Doctor, std)
	case "rule":
		err = writeRule(cli.Rule, std)
	case "rekey":
		err = rekey(ctx, cli.Rekey, std)
	case "sample":
		_, err = io.WriteString(std.out, sample)
	default:
		err = runBot(ctx, cli.Run.Config, std)
	}
	return report(std.err, err)
}

// report prints an error and returns the exit code that goes with it. That nobody reads on,
// as in "st2bot sample | head", is none.
func report(w io.Writer, err error) int {
	if err == nil || errors.Is(err, syscall.EPIPE) {
		return exitOK
	}
	fmt.Fprintln(w, "st2bot:", err)
	var usage usageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitError
}

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "devel"
}
