package st2

import (
	"cmp"
	"context"
	"time"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/store"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/approval"
)

// rerunExecution is st2execution_rerun. StackStorm copies neither whom to notify nor where
// a command came from: no announcement follows, and the bot brings the result itself.
func rerunExecution(ctx context.Context, q *query, args idArgs) error {
	id, err := q.executionID(ctx, args.ID)
	if err != nil {
		return err
	}
	if err := q.mayRerun(ctx, id); err != nil {
		return err
	}
	if q.reruns.Add(1) > maxReruns {
		q.reruns.Add(-1)
		return bot.Errorf("I am waiting for too many results already. Please try again later.")
	}
	starting := q.started.begin(q.r.Target())
	defer starting.end()
	e, err := q.c.ReRun(ctx, id, nil)
	if err != nil {
		q.reruns.Add(-1)
		return executionFault(id, err)
	}
	starting.add(e.ID)
	again := &rerun{ID: e.ID, To: q.r.Target(), Asker: q.r.From(), Since: time.Now()}
	q.record(context.WithoutCancel(ctx), q.r, approval.Entry{Event: approval.Repeated, Command: "execution " + id, Execution: e.ID})
	if err := store.Save(context.WithoutCancel(ctx), q.host.Store, rerunPrefix+e.ID, again); err != nil {
		q.log.Error("a result would not be waited for after a restart", "execution", e.ID, "error", err)
	}
	err = q.answer(ctx, "Execution "+id+" runs again, as execution "+e.ID+".")
	q.await(again)
	return err
}

// mayRerun refuses what the asker could not start by its command: access rules and a second
// factor count for an execution's id as they do for the command.
func (q *query) mayRerun(ctx context.Context, id string) error {
	e, err := q.c.Execution(ctx, id, "context", "action")
	if err != nil {
		return executionFault(id, err)
	}
	aliases, err := q.aliases.List(ctx)
	if err != nil {
		q.log.Warn("the aliases could not be read: an execution is not started again", "execution", id, "error", err)
		return bot.Errorf("It cannot be checked at present whether you may do that. Please try again in a while.")
	}
	known := e.Origin().AliasID == ""
	for _, a := range aliases {
		if !ledTo(a, &e) {
			continue
		}
		known = a.Enabled
		if rule, err := approval.ReadRule(a.Extra); err != nil || rule.Asks() {
			return bot.Errorf("Execution %s is of a command that needs a confirmation. Give the command again.", id)
		}
		for _, f := range a.Formats {
			if text := cmp.Or(f.Display, first(f.Representation)); !q.mayRun(q.r, text) {
				return bot.Errorf("You are not allowed to start %s again.", a.Ref)
			}
		}
	}
	if !known {
		return bot.Errorf("Execution %s is of a command that StackStorm no longer has.", id)
	}
	return nil
}

// ledTo reports whether e may be of an alias: it says so itself, or, when it comes from no
// alias, the alias runs the same action.
func ledTo(a client.Alias, e *client.Execution) bool {
	if origin := e.Origin(); origin.AliasID != "" {
		return a.ID == origin.AliasID
	}
	return a.ActionRef == e.Action.Ref
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
