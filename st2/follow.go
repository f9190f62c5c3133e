package st2

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/ledger"
	"github.com/go-errbot/errbot/st2/internal/presentation"
)

// pace is how patiently results are waited for.
type pace struct {
	watch  time.Duration // between two looks at commands
	young  time.Duration // a command younger than that is not looked at
	grace  time.Duration // between a command's end and its announcement, at most
	format time.Duration // for formatting a result
	doubt  time.Duration // before what is about to be announced is looked at again; then longer

	reconnect time.Duration // before the stream is first tried again; 0: as the client has it
	recover   time.Duration // between two lists of what was announced; 0: timer_update
}

// usualPace fits StackStorm, where an announcement comes some 5 to 9 s after the end of its
// execution.
var usualPace = pace{watch: 5 * time.Second, young: 10 * time.Second, grace: 20 * time.Second, format: 30 * time.Second, doubt: 50 * time.Millisecond}

// delivering is what the plugin knows for bringing every result once.
type delivering struct {
	pace     pace
	turn     chan struct{} // has an element while somebody queues announcements
	ledger   *ledger.Ledger
	tracker  *tracker
	recovery *recovery
}

// provenance is what is known about where a delivery comes from and belongs.
type provenance struct {
	key      ledger.Key
	entry    *ledger.Entry
	doubt    *doubt       // it may have been delivered before; nil: it has not
	posted   bool         // to the web server
	command  string       // the execution whose result it is; "" while that is not known
	answered *command     // the same, where it is one of the bot's
	own      *command     // the bot tells the result of this one by itself
	to       *backend.Ref // where the command was asked; nil: not known
}

// remember reads what the plugin knew when it was last stopped.
func (l *life) remember(ctx context.Context, p pace) (err error) {
	l.pace, l.turn = p, make(chan struct{}, 1)
	if l.ledger, err = ledger.Open(ctx, l.host.Store); err != nil {
		return err
	}
	if l.tracker, err = newTracker(ctx, l.host.Store); err != nil {
		return err
	}
	l.recovery, err = newRecovery(ctx, l, cmp.Or(p.recover, l.cfg.TimerUpdate.Duration()))
	return err
}

// track remembers where a command was asked.
func (l *life) track(ctx context.Context, r *bot.Request, e client.Execution) {
	err := l.tracker.add(ctx, &command{
		ID: e.ID, To: r.Target(), User: r.From().Address, Channel: r.Target().String(),
		Alias: e.Origin().AliasName, At: time.Now(), Started: e.Start,
	})
	if err != nil {
		l.log.Error("a command would not be known after a restart", "execution", e.ID, "error", err)
	}
}

// startedAnyway looks for the execution of a command whose request, sent at began, failed
// with err although it may have been started. It returns nil when there is none.
func (l *life) startedAnyway(ctx context.Context, r *bot.Request, began time.Time, err error) *client.Execution {
	if !errors.Is(err, client.ErrMaybeStarted) || ctx.Err() != nil {
		return nil
	}
	page, err := l.client.Executions(ctx, client.ExecutionQuery{
		NewestFirst: true, Include: []string{"status", "start_timestamp", "context", "parameters", "action"},
	})
	if err != nil {
		l.log.Debug("a command that may have been started could not be looked for", "error", err)
		return nil
	}
	// In whole seconds, by StackStorm's clock.
	since := cmp.Or(page.Date, time.Now()).Add(-time.Since(began) - time.Second)
	for _, e := range slices.Backward(page.Executions) {
		o := e.Origin()
		if o.AliasName != "" && o.ChatUser == r.From().Address && o.SourceChannel == r.Target().String() &&
			o.ReRunOf == "" && !e.Start.Before(since) && l.tracker.get(e.ID) == nil {
			return &e
		}
	}
	return nil
}

// tellStarted tells that a command was started although its request failed with err.
func (l *life) tellStarted(ctx context.Context, r *bot.Request, command string, err error, e *client.Execution) error {
	l.logFault("StackStorm command started in spite of an error", r, command, err)
	text := " The command was started all the same, as execution " + e.ID + "; its result will follow."
	var api *client.APIError
	if errors.As(err, &api) && strings.Contains(api.Fault, "ECONNREFUSED") {
		text = " The command is stored as execution " + e.ID + " and may never run. If it does, its result will follow."
	}
	return l.say(ctx, r, maybeStarted(err)+text)
}

// watchCommands looks after commands whose results do not come, until ctx ends.
func (l *life) watchCommands(ctx context.Context) error {
	ticker := time.NewTicker(l.pace.watch)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-ticker.C:
			if err := l.lookAfter(ctx, now); err != nil && ctx.Err() == nil {
				l.log.Debug("the commands under way could not be looked at", "error", err)
			}
		}
	}
}

// lookAfter tells the results of commands that ended and were not announced.
func (l *life) lookAfter(ctx context.Context, now time.Time) error {
	for _, c := range l.tracker.old(now) {
		l.forget(ctx, c)
	}
	for batch := range slices.Chunk(l.tracker.due(now, l.pace), pageSize) {
		var ids []string
		for _, c := range batch {
			ids = append(ids, c.ID)
		}
		page, err := l.client.Executions(ctx, client.ExecutionQuery{IDs: ids, Include: []string{"status"}})
		if err != nil {
			return err
		}
		for _, e := range page.Executions {
			if e.Status.Final() {
				l.tracker.ended(e.ID, now)
			}
		}
	}
	late := l.tracker.overdue(now.Add(-l.pace.grace))
	if len(late) == 0 {
		return nil
	}
	// It may have been announced while nobody listened.
	if out := l.recovery.now(ctx, late[0].Started); out.err != nil {
		return out.err
	}
	var errs []error
	for _, c := range l.tracker.overdue(now.Add(-l.pace.grace)) {
		errs = append(errs, l.tellResult(ctx, c))
	}
	return errors.Join(errs...)
}

// tellResult tells the result of a command whose announcement was lost on StackStorm's way.
func (l *life) tellResult(ctx context.Context, c *command) error {
	f, err := l.format(ctx, c.ID)
	if err != nil {
		return err
	}
	if f.Enabled != nil && !*f.Enabled {
		l.forget(ctx, c)
		return nil
	}
	l.log.Warn("a result was not announced; it is taken from its execution", "execution", c.ID, "alias", c.Alias)
	d, err := l.newDelivery(client.Announcement{
		Route: l.cfg.RouteKey, User: c.User, Channel: c.Channel, Message: f.Message, Extra: f.Extra, Status: f.status,
	})
	if err != nil { // an empty text
		l.forget(ctx, c)
		return nil
	}
	d.own = c
	l.tracker.certain(nil, c) // it is under way
	return l.inTurn(ctx, func() error { return l.queue(ctx, d) })
}

// restore puts the result itself in the place of an announcement that StackStorm may have
// changed: what looks like a template in a result is evaluated on its way.
func (l *life) restore(ctx context.Context, d *delivery) {
	if d.answered == nil || l.recovery.blind.Load() {
		return
	}
	e, err := l.client.Execution(ctx, d.answered.ID, "result", "status")
	d.Status = e.Status
	if err != nil || !bytes.Contains(e.Result, []byte("{{")) && !bytes.Contains(e.Result, []byte("{%")) {
		return
	}
	f, err := l.format(ctx, d.answered.ID)
	if err != nil || strings.TrimSpace(f.Message) == "" {
		l.log.Warn("a result that looks like a template is told as StackStorm announced it", "execution", d.answered.ID, "error", err)
		return
	}
	d.Message, d.Extra = f.Message, f.Extra
	d.body = present(d.Announcement)
}

// formatted is the text of a result, as chatops.format_execution_result of StackStorm's
// chatops pack answers it.
type formatted struct {
	Enabled *bool           `json:"enabled"` // nil: true
	Message string          `json:"message"`
	Extra   json.RawMessage `json:"extra"`
	status  client.Status   // of the execution
}

// format returns the text of an execution's result: as its alias has it, or, where StackStorm
// fails to make that, a plain one.
func (l *life) format(ctx context.Context, id string) (formatted, error) {
	ctx, cancel := context.WithTimeout(ctx, l.pace.format)
	defer cancel()
	run, err := l.client.Execute(ctx, client.ExecuteRequest{Action: "chatops.format_execution_result", Parameters: map[string]any{"execution_id": id}})
	for delay := l.pace.doubt; err == nil && !run.Status.Final(); delay = min(2*delay, doubtLimit) {
		if !pause(ctx, delay) {
			return formatted{}, ctx.Err()
		}
		run, err = l.client.Execution(ctx, run.ID, "status", "result")
	}
	if errors.Is(err, client.ErrUnavailable) {
		return formatted{}, err
	}
	var out struct {
		Result *formatted `json:"result"`
	}
	e, failure := l.client.Execution(ctx, id, "status", "result", "action")
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
	output := rawOutput(e.Result)
	if output == "" {
		return text
	}
	fence := "```"
	for strings.Contains(output, fence) {
		fence += "`"
	}
	return text + "\n" + fence + "\n" + output + "\n" + fence
}

// rawOutput returns what an action printed, or else its result as JSON.
func rawOutput(result json.RawMessage) string {
	var printed struct {
		Stdout any `json:"stdout"`
		Stderr any `json:"stderr"`
		Result any `json:"result"`
	}
	var parts []string
	if json.Unmarshal(result, &printed) == nil {
		for _, part := range []any{printed.Result, printed.Stdout, printed.Stderr} {
			if text, ok := part.(string); ok && strings.TrimSpace(text) != "" && text != "None" {
				parts = append(parts, strings.TrimRight(text, "\n"))
			}
		}
	}
	if len(parts) > 0 {
		return strings.Join(parts, "\n")
	}
	pretty, _ := presentation.JSON(string(result))
	return pretty
}
