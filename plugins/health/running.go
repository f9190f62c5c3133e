package health

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/plugins/internal/markup"
)

// textSize is how much of a running command is shown, in characters.
const textSize = 60

// running renders the commands that run, but for the one that asks.
func running(r *bot.Request) string {
	info := r.Host().Info()
	commands := slices.DeleteFunc(r.Host().Running(), func(c bot.RunningCommand) bool {
		return c.Command == r.Command().Name && c.Person == r.From().ACL
	})
	if len(commands) == 0 {
		return "No command is running."
	}
	var rows [][]string
	for _, c := range commands {
		rows = append(rows, []string{
			strconv.FormatInt(c.ID, 10),
			span(time.Since(c.Since)),
			markup.Code(c.Person),
			markup.Code(text(r, c)),
		})
	}
	table := markup.Table([]string{"Running", "For", "By", "Command"}, rows)
	if !r.IsAdmin() {
		return table
	}
	return table + "\n\nStop one with " + markup.Code(info.Prefix+"command stop <id>") + "."
}

// text returns what is told of a running command: its name, and to an administrator in
// private what was typed.
func text(r *bot.Request, c bot.RunningCommand) string {
	if !confidential(r) {
		return strings.ReplaceAll(c.Command, "_", " ")
	}
	if runes := []rune(c.Text); len(runes) > textSize {
		return string(runes[:textSize-3]) + "..."
	}
	return c.Text
}

type stopArgs struct {
	ID int64 `arg:"id" help:"what status shows in the column Running"`
}

func stop(ctx context.Context, r *bot.Request, args stopArgs) error {
	h := r.Host()
	for _, c := range h.Running() {
		if c.ID == args.ID && h.Stop(c.ID) {
			_, err := r.Reply(ctx, fmt.Sprintf("Stopping %s of %s.", markup.Code(text(r, c)), markup.Code(c.Person)))
			return err
		}
	}
	return bot.Errorf("No command with the id %d is running; %s lists those that are.",
		args.ID, markup.Code(h.Info().Prefix+"status"))
}
