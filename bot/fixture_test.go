package bot_test

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"testing/fstest"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot"
)

// dummy has the commands that the vectors were recorded with.
type dummy struct {
	fallback bool // answers what is no command
	matchAll bool // has a pattern that matches everything
	listener bool // answers everything it hears

	host    *bot.Host
	dynamic map[string]func()
}

func (*dummy) Name() string { return "DummyBackendRealName" }

func (d *dummy) Activate(_ context.Context, h *bot.Host) error {
	d.host, d.dynamic = h, map[string]func(){}
	return nil
}

// says makes a command that answers with fixed texts.
func says(name string, texts ...string) bot.Command {
	return bot.Command{Name: name, Run: func(ctx context.Context, r *bot.Request) error {
		return reply(ctx, r, texts...)
	}}
}

func reply(ctx context.Context, r *bot.Request, texts ...string) error {
	for _, text := range texts {
		if _, err := r.Reply(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

func args(_ context.Context, r *bot.Request) (string, error) { return r.Args, nil }

func (d *dummy) Register(r *bot.Registry) error {
	r.Command(says("command", "Regular command"))
	admin := says("admin_command", "Admin command")
	admin.Admin = true
	r.Command(admin)
	for _, name := range []string{"return_args_as_str", "run_subcommands", "run_lots_of_subcommands"} {
		r.Command(bot.Command{Name: name, Run: bot.Text(args)})
	}
	unrecorded := says("unrecorded", "unrecorded")
	unrecorded.NoHistory = true
	r.Command(unrecorded)
	r.Command(says("i18n", "язы́к"))
	d.registerPatterns(r)
	d.registerReplies(r)
	registerArgs(r)
	d.registerDynamic(r)
	if d.fallback {
		r.Fallback(func(ctx context.Context, r *bot.Request) error {
			return reply(ctx, r, "Command fell through: "+r.Message.Body)
		})
	}
	if d.listener {
		r.Listen(func(ctx context.Context, e backend.Event) error {
			m, ok := e.(*backend.Message)
			if !ok {
				return nil
			}
			_, err := d.host.Send(ctx, m.Ref, "heard: "+m.Body)
			return err
		})
	}
	return nil
}

func (d *dummy) registerPatterns(r *bot.Registry) {
	pattern := func(name, expression string, unprefixed bool, text string) {
		c := says(name, text)
		c.Pattern, c.Unprefixed = regexp.MustCompile(expression), unprefixed
		r.Command(c)
	}
	pattern("regex_prefixed", `^regex command with prefix$`, false, "Regex command")
	pattern("regex_unprefixed", `^regex command without prefix$`, true, "Regex command")
	pattern("plz_match", `plz dont match this`, false, "bar")
	pattern("matched_one", `matched by two commands`, true, "one")
	pattern("matched_two", `(?i)matched by two commands`, true, "two")
	r.Command(bot.Command{
		Name:       "capture",
		Pattern:    regexp.MustCompile(`regex command with capture group: (?P<capture>.*)`),
		Unprefixed: true,
		Run: bot.Text(func(_ context.Context, r *bot.Request) (string, error) {
			return r.Group("capture"), nil
		}),
	})
	r.Command(bot.Command{
		Name:     "match_here",
		Pattern:  regexp.MustCompile(`match_here`),
		MatchAll: true,
		Run: bot.Text(func(_ context.Context, r *bot.Request) (string, error) {
			return strconv.Itoa(len(r.Matches)), nil
		}),
	})
	if d.matchAll {
		everything := says("everything", "Works!")
		everything.Pattern, everything.Unprefixed, everything.MatchAll = regexp.MustCompile(`.*`), true, true
		r.Command(everything)
	}
}

func (d *dummy) registerReplies(r *bot.Registry) {
	r.Command(says("return_foobar", "foobar"))
	r.Command(says("yield_foo_bar", "foo", "bar"))
	r.Command(says("heading", "# head"))
	raises := func(name string, err error, texts ...string) {
		r.Command(bot.Command{Name: name, Run: func(ctx context.Context, r *bot.Request) error {
			return errors.Join(reply(ctx, r, texts...), err)
		}})
	}
	raises("raise", errors.New("secret detail"))
	raises("foobar_then_raise", errors.New("secret detail"), "foobar")
	raises("yield_then_command_error", bot.Errorf("because"), "x")
	r.Templates(fstest.MapFS{"test.md": {Data: []byte("{{.}}")}}, "*.md")
	r.Command(bot.Command{Name: "send_template", Run: func(ctx context.Context, r *bot.Request) error {
		_, err := r.ReplyTemplate(ctx, "test.md", "foobar")
		return err
	}})
	repeat := func(name string, times int) {
		r.Command(bot.Command{Name: name, Run: func(ctx context.Context, r *bot.Request) error {
			n, err := strconv.Atoi(r.Args)
			if err != nil {
				return err
			}
			text := strings.Repeat("a", 3*n)
			for range times {
				err = errors.Join(err, reply(ctx, r, text))
			}
			return err
		}})
	}
	repeat("three_times", 1)
	repeat("three_times_twice", 2)
}

func registerArgs(r *bot.Registry) {
	type names struct {
		Last  string `flag:"last-name"`
		First string `flag:"first-name"`
	}
	r.Command(bot.Args(bot.Command{Name: "returns_first_name_last_name", Doc: "Returns both names."},
		func(ctx context.Context, r *bot.Request, n names) error {
			return reply(ctx, r, n.First+" "+n.Last)
		}))
	type two struct {
		A string `arg:"a"`
		B int    `arg:"b"`
	}
	r.Command(bot.Args(bot.Command{Name: "two"}, func(ctx context.Context, r *bot.Request, _ two) error {
		return reply(ctx, r, "both")
	}))
	type variable struct {
		MyVar string `arg:"my_var"`
	}
	r.Command(bot.Args(bot.Command{Name: "template4"}, func(ctx context.Context, r *bot.Request, _ variable) error {
		return reply(ctx, r, "ok")
	}))
	registerUsage(r)
}

// registerUsage has a command that tells how another is typed.
func registerUsage(r *bot.Registry) {
	documented := says("documented", "x")
	documented.Syntax = "[optional] <mandatory>"
	r.Command(documented)
	type repeat struct {
		Value string `arg:"value"`
		Count int    `flag:"repeat-count" metavar:"REPEAT"`
	}
	r.Command(bot.Args(bot.Command{Name: "repeat"}, func(context.Context, *bot.Request, repeat) error { return nil }))
	r.Command(bot.Command{Name: "usage_of", Run: bot.Text(func(_ context.Context, r *bot.Request) (string, error) {
		for _, c := range r.Host().Commands(r.Message) {
			if c.Name == r.Args {
				return c.Usage, nil
			}
		}
		return "", bot.Errorf("no such command")
	})})
}

// registerDynamic has pairs of commands that add and remove others.
func (d *dummy) registerDynamic(r *bot.Registry) {
	r.Command(says("clash", "original"))
	d.dynamicPair(r, "simple", "simple", says("say_yep", "yep"), says("say_foo", "foo"))
	type echo struct {
		Text string `arg:"text"`
	}
	d.dynamicPair(r, "arg", "arg", bot.Args(bot.Command{Name: "echo_to_me"}, func(ctx context.Context, r *bot.Request, a echo) error {
		return reply(ctx, r, "string to echo is "+a.Text)
	}))
	d.dynamicPair(r, "split", "split", bot.Command{Name: "splitme", Run: bot.Text(func(_ context.Context, r *bot.Request) (string, error) {
		return strings.Join(strings.Split(r.Args, ","), "+"), nil
	})})
	d.dynamicPair(r, "clashing", "clashing", says("clash", "dynamic"))
}

func (d *dummy) dynamicPair(r *bot.Registry, suffix, name string, commands ...bot.Command) {
	r.Command(bot.Command{Name: "add_" + suffix, Run: func(ctx context.Context, r *bot.Request) error {
		withdraw, err := r.Host().Register(name, func(r *bot.Registry) error {
			for _, c := range commands {
				r.Command(c)
			}
			return nil
		})
		if err != nil {
			return err
		}
		d.dynamic[suffix] = withdraw
		return reply(ctx, r, "added")
	}})
	r.Command(bot.Command{Name: "remove_" + suffix, Run: func(ctx context.Context, r *bot.Request) error {
		d.dynamic[suffix]()
		return reply(ctx, r, "removed")
	}})
}
