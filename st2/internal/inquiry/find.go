package inquiry

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/st2/client"
)

// Open is an inquiry with what is known of its executions.
type Open struct {
	client.Inquiry
	Asked    client.Execution // the inquiry's own; zero when it may not be seen
	Workflow client.Execution // the one that waits; zero when there is none or it may not be seen
}

// Forlorn reports whether the workflow has ended: an answer would help nobody.
func (o *Open) Forlorn() bool { return o.Workflow.Status.Final() }

// WorkflowID returns the id of the execution that waits, "" when there is none.
func (o *Open) WorkflowID() string { return Parent(&o.Asked) }

// Parent returns the id of the workflow that an execution is a task of, "" when there is none.
func Parent(e *client.Execution) string { return cmp.Or(e.Parent, e.Origin().ParentID) }

// Summary are the attributes of executions that lists are made of.
func Summary() []string {
	return []string{"status", "action", "runner", "context", "parent", "start_timestamp", "end_timestamp", "elapsed_seconds"}
}

// List returns what is asked, and of how many inquiries that is the beginning.
func List(ctx context.Context, c *client.Client) (all []Open, total int, err error) {
	list, total, err := c.Inquiries(ctx)
	if err != nil {
		return nil, 0, err
	}
	all, err = withWorkflows(ctx, c, list)
	return all, total, err
}

// withWorkflows finds out to which workflows inquiries belong, in two requests for all.
// Without the right to list executions nothing is found out.
func withWorkflows(ctx context.Context, c *client.Client, inquiries []client.Inquiry) ([]Open, error) {
	all := make([]Open, len(inquiries))
	ids := make([]string, len(inquiries))
	for i, q := range inquiries {
		all[i].Inquiry, ids[i] = q, q.ID
	}
	asked, err := executionsByID(ctx, c, ids)
	if err != nil {
		return all, err
	}
	parents := []string{}
	for i := range all {
		all[i].Asked = asked[all[i].ID]
		if id := all[i].WorkflowID(); id != "" {
			parents = append(parents, id)
		}
	}
	workflows, err := executionsByID(ctx, c, parents)
	for i := range all {
		all[i].Workflow = workflows[all[i].WorkflowID()]
	}
	return all, err
}

func executionsByID(ctx context.Context, c *client.Client, ids []string) (map[string]client.Execution, error) {
	found := map[string]client.Execution{}
	page, err := c.Executions(ctx, client.ExecutionQuery{IDs: ids, Include: Summary()})
	for _, e := range page.Executions {
		found[e.ID] = e
	}
	if errors.Is(err, client.ErrForbidden) {
		err = nil
	}
	return found, err
}

// For how long an inquiry is asked for that StackStorm calls answered: it does so also
// before an inquiry can be answered.
const (
	openTries = 4
	openPause = 250 * time.Millisecond
)

// Find returns the inquiry with an id when it can be answered. An error of inquiries is a
// [bot.UserError].
func Find(ctx context.Context, c *client.Client, id string) (*Open, error) {
	found, err := c.Inquiry(ctx, id)
	for try := 1; errors.Is(err, client.ErrInquiryClosed) && try < openTries; try++ {
		if e, notSeen := c.Execution(ctx, id, "status"); notSeen != nil || e.Status.Final() {
			break
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(openPause):
		}
		found, err = c.Inquiry(ctx, id)
	}
	if err != nil {
		return nil, fault(id, err)
	}
	all, err := withWorkflows(ctx, c, []client.Inquiry{found})
	return &all[0], err
}

// fault words the errors that only inquiries have.
func fault(id string, err error) error {
	switch {
	case errors.Is(err, client.ErrInquiryClosed):
		return &bot.UserError{Text: "Inquiry " + id + " is not open any more: somebody has answered it, or its time ran out.", Err: err}
	case errors.Is(err, client.ErrNotInquiry):
		return &bot.UserError{Text: "Execution " + id + " asks nothing: it is no inquiry.", Err: err}
	case errors.Is(err, client.ErrNotFound):
		return &bot.UserError{Text: "StackStorm knows no inquiry " + id + ".", Err: err}
	}
	return err
}
