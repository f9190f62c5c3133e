package bot

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-errbot/errbot/bot/internal/args"
)

// Args completes c into a command with typed arguments: what the user types after the name
// is parsed into a T by T's field tags, in the manner of Python's argparse.
//
//	type deploy struct {
//		Host   string   `arg:"host" help:"where to deploy"`
//		Tags   []string `arg:"tag" optional:"true"`
//		Count  int      `flag:"repeat-count" short:"r" default:"1" metavar:"N"`
//		Mode   string   `flag:"mode" choices:"fast,safe" default:"safe"`
//		DryRun bool     `flag:"dry-run" help:"only say what would happen"`
//	}
//
//	r.Command(bot.Args(bot.Command{Name: "deploy", Doc: "Deploys."}, p.deploy))
//
// Every exported field is an argument: positional in field order, or a flag when it has a
// flag tag. Names default to the field's in lower-kebab. An argument with optional:"true" or
// a default may be left out; required:"true" is for flags. A slice as the last positional
// takes all remaining words; arg:"text,raw" as the last one takes the rest of the line as it
// was typed. Types are strings, booleans, numbers, [time.Duration], slices of these, and
// what implements [encoding.TextUnmarshaler].
//
// Smart quotes, long dashes and no-break spaces are understood; words are split as a shell
// does it. On a mistake the user gets the reason and the usage, and on --help all of the
// help; run is not called then. Args fills in c's Syntax and Run. Mistakes in the tags are
// reported by [New].
func Args[T any](c Command, run func(ctx context.Context, r *Request, args T) error) Command {
	parser, err := args.New[T]()
	if err != nil {
		c.err = fmt.Errorf("arguments: %w", err)
		return c
	}
	name := normalName(c.Name)
	doc := c.Doc
	c.Syntax = parser.Syntax()
	c.Run = func(ctx context.Context, r *Request) error {
		values, err := parser.Parse(name, r.Args)
		var (
			wrong *args.Error
			quote *args.QuoteError
		)
		switch {
		case err == nil:
			return run(ctx, r, values)
		case errors.As(err, &wrong):
			return r.replyAll(ctx, "I couldn't parse the arguments; "+wrong.Message, wrong.Usage)
		case errors.As(err, &quote):
			return r.replyAll(ctx, "I couldn't parse this command; "+quote.Message, parser.Help(name, doc))
		case errors.Is(err, args.ErrHelp):
			return r.replyAll(ctx, parser.Help(name, doc))
		default:
			return err
		}
	}
	return c
}

// replyAll sends texts that are not Markdown, one message each.
func (r *Request) replyAll(ctx context.Context, texts ...string) error {
	for _, text := range texts {
		if _, err := r.ReplyPlain(ctx, text); err != nil {
			return err
		}
	}
	return nil
}
