package delivery

import (
	"context"
	"slices"

	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/ledger"
)

// follow finds out which commands' results announcing executions are: an announcement is made
// by a workflow whose parameter names the execution.
func (v *recovery) follow(ctx context.Context, list []client.Execution) error {
	if !v.courier.commands.open() {
		return nil
	}
	children := map[string][]string{}
	v.mu.Lock()
	for i := range list {
		e := &list[i]
		if _, looked := v.chain[e.ID]; looked || e.AnnouncementRoute() != v.courier.Route {
			continue
		}
		if parent := e.Origin().ParentID; parent != "" {
			children[parent] = append(children[parent], e.ID)
		} else {
			v.chain[e.ID] = ""
		}
	}
	v.mu.Unlock()
	var parents []string
	for id := range children {
		parents = append(parents, id)
	}
	for ids := range slices.Chunk(parents, pageSize) {
		found, err := v.courier.StackStorm.Executions(ctx, client.ExecutionQuery{IDs: ids, Include: []string{"parameters"}})
		if err != nil {
			return err
		}
		v.link(ids, found.Executions, children)
	}
	return nil
}

// link notes which execution's result the children of some workflows are.
func (v *recovery) link(ids []string, workflows []client.Execution, children map[string][]string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	tellsOf := map[string]string{}
	for _, w := range workflows {
		tellsOf[w.ID] = w.Parameter("execution_id")
	}
	for _, id := range ids {
		command := tellsOf[id]
		if command == "" && v.courier.commands.get(id) != nil {
			command = noCommand // a message of the command itself, before its result
		}
		for _, child := range children[id] {
			v.chain[child] = command
		}
	}
}

// commandOf returns the execution whose result another one announced, as far as the passes have
// found out; noCommand where it is nobody's.
func (v *recovery) commandOf(id string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.chain[id]
}

// answered corrects what was guessed about an entry whose execution has been listed. When it has
// been delivered, its command is waited for no longer.
func (v *recovery) answered(ctx context.Context, id string, entry *ledger.Entry, delivered bool) {
	c := v.courier
	c.turn.Lock()
	c.ledger.SetAnswers(entry, v.commandOf(id))
	cmd := c.commands.get(c.ledger.Answers(entry))
	c.turn.Unlock()
	if delivered && cmd != nil && !c.commands.told(cmd) {
		c.forget(ctx, cmd)
	}
}
