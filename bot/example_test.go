package bot_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/go-errbot/errbot/backend/text"
	"github.com/go-errbot/errbot/bot"
)

// dice is a whole plugin.
type dice struct{}

func (dice) Name() string { return "Dice" }

func (dice) Register(r *bot.Registry) error {
	r.Doc("Rolls dice.")
	r.Command(bot.Command{Name: "coin", Doc: "Tosses a coin.", Run: bot.Text(toss)})
	r.Command(bot.Args(bot.Command{Name: "roll", Doc: "Rolls dice."}, roll))
	return nil
}

func toss(context.Context, *bot.Request) (string, error) { return "heads", nil }

type rollArgs struct {
	Dice  int `arg:"dice" default:"1"`
	Sides int `flag:"sides" default:"6"`
}

func roll(ctx context.Context, r *bot.Request, a rollArgs) error {
	if a.Sides < 2 {
		return bot.Errorf("A die needs at least 2 sides, not %d.", a.Sides)
	}
	_, err := r.Reply(ctx, fmt.Sprintf("%d dice with %d sides: %d", a.Dice, a.Sides, a.Dice*a.Sides/2))
	return err
}

// A bot on a pipe: every line is a message, and Run ends with the input.
func Example() {
	b, err := bot.New(bot.DefaultConfig(), text.New(text.Options{
		In:  strings.NewReader("!coin\n!roll 2 --sides 20\n!roll --sides 1\n!coim\n"),
		Out: stdout{},
	}), bot.WithPlugins(dice{}), bot.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := b.Run(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// heads
	// 2 dice with 20 sides: 20
	// A die needs at least 2 sides, not 1.
	// Command "coim" not found.
	//
	// Did you mean "!coin" ?
}

// stdout prints to what an example's output is compared with, which is not known when the
// example begins.
type stdout struct{}

func (stdout) Write(p []byte) (int, error) { return fmt.Print(string(p)) }

var _ io.Writer = stdout{}
