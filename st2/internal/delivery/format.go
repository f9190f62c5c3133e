package delivery

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/exectext"
)

// formatLongest is for how long the formatting of a result is waited for.
const formatLongest = 30 * time.Second

// formatted is the text of a result, as chatops.format_execution_result of StackStorm's
// chatops pack answers it.
type formatted struct {
	Enabled *bool           `json:"enabled"` // nil: true
	Message string          `json:"message"`
	Extra   json.RawMessage `json:"extra"`
	status  client.Status   // of the execution
}

// restore puts the result itself in the place of an announcement that StackStorm may have
// changed: what looks like a template in a result is evaluated on its way, and nothing in the
// announcement tells. So every result is looked at.
func (c *Courier) restore(ctx context.Context, it *item) {
	if it.answers == nil || c.recovery.blind.Load() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, formatLongest)
	defer cancel()
	f, err := c.original(ctx, it.answers.ID)
	for delay := firstLook; errors.Is(err, client.ErrUnavailable) && pause(ctx, delay); delay *= 2 {
		f, err = c.original(ctx, it.answers.ID)
	}
	switch {
	case err != nil:
		c.Log.Warn("a result is told as StackStorm announced it, which may have changed it", "execution", it.answers.ID, "error", err)
	case strings.TrimSpace(f.Message) != "":
		it.Message, it.Extra = f.Message, f.Extra
	}
	it.Status = f.status
}

// original returns the text of a result that StackStorm may have changed on its way, or only
// its status when it has not.
func (c *Courier) original(ctx context.Context, id string) (formatted, error) {
	e, err := c.StackStorm.Execution(ctx, id, "result", "status")
	if err != nil || !bytes.Contains(e.Result, []byte("{{")) && !bytes.Contains(e.Result, []byte("{%")) {
		return formatted{status: e.Status}, err
	}
	return c.format(ctx, id)
}

// format returns the text of an execution's result: as its alias has it, or, where StackStorm
// fails to make that, a plain one.
func (c *Courier) format(ctx context.Context, id string) (formatted, error) {
	ctx, cancel := context.WithTimeout(ctx, formatLongest)
	defer cancel()
	run, err := c.StackStorm.Execute(ctx, client.ExecuteRequest{Action: "chatops.format_execution_result", Parameters: map[string]any{"execution_id": id}})
	for delay := firstLook; err == nil && !run.Status.Final(); delay = min(2*delay, lastLook) {
		if !pause(ctx, delay) {
			return formatted{}, ctx.Err()
		}
		run, err = c.StackStorm.Execution(ctx, run.ID, "status", "result")
	}
	if errors.Is(err, client.ErrUnavailable) {
		return formatted{}, err
	}
	var out struct {
		Result *formatted `json:"result"`
	}
	e, failure := c.StackStorm.Execution(ctx, id, "status", "result", "action")
	if failure != nil {
		return formatted{}, failure
	}
	if err == nil && run.Status == client.StatusSucceeded && json.Unmarshal(run.Result, &out) == nil && out.Result != nil {
		out.Result.status = e.Status
		return *out.Result, nil
	}
	return formatted{Message: plainResult(&e), status: e.Status}, nil
}

// plainResult tells a result without the help of its alias.
func plainResult(e *client.Execution) string {
	text := fmt.Sprintf("%s %s (execution %s).", cmp.Or(e.Action.Ref, "The action"), e.Status, e.ID)
	output := strings.TrimRight(exectext.Output(e), "\n")
	if output == "" {
		return text
	}
	fence := "```"
	for strings.Contains(output, fence) {
		fence += "`"
	}
	return text + "\n" + fence + "\n" + output + "\n" + fence
}
