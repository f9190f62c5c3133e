package st2

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/exectext"
	"github.com/go-errbot/errbot/st2/internal/form"
)

// names returns the names of a command, such as "help" or "inquiry_list".
func (c *config) names(suffix string) []string {
	first := "st2" + suffix
	if other := cmp.Or(c.PluginPrefix, "st2") + suffix; other != first {
		return []string{first, other}
	}
	return []string{first}
}

// registerInquiries declares the commands about inquiries, spelled either way.
func (p *Plugin) registerInquiries(r *bot.Registry) {
	for _, word := range []string{"inquiry", "enquiry"} {
		add := func(name string, make func(c bot.Command) bot.Command, doc string) {
			for _, n := range p.cfg.names(word + name) {
				r.Command(make(bot.Command{Name: n, Doc: doc, Hidden: word == "enquiry", NoHistory: name == "_answer"}))
			}
		}
		add("_list", func(c bot.Command) bot.Command { return bot.Args(c, queried(p, listInquiries)) },
			"Lists what StackStorm's workflows ask.")
		add("_show", func(c bot.Command) bot.Command { return bot.Args(c, queried(p, showInquiry)) },
			"Shows an inquiry and what it wants to know.")
		add("_answer", func(c bot.Command) bot.Command { return bot.Args(c, queried(p, answerInquiry)) },
			"Answers an inquiry.\n\nThe answer is name=value for each of what is asked, or a JSON object. Without it I ask, "+
				"one question after the other; your next messages are the answers.")
		add("_cancel", func(c bot.Command) bot.Command { return bot.Args(c, queried(p, cancelInquiry)) },
			"Cancels the workflow that an inquiry belongs to.\n\nThe inquiry itself cannot be cancelled.")
	}
	r.Filter("inquiry answers", p.filterAnswer)
	r.Fallback(p.unmatchedAnswer)
	r.Listen(p.overheardAnswer)
}

// openInquiry is an inquiry with what is known of its executions.
type openInquiry struct {
	client.Inquiry
	asked    client.Execution // the inquiry's own; zero when it may not be seen
	workflow client.Execution // the one that waits; zero when there is none or it may not be seen
}

// forlorn reports whether the workflow has ended: an answer would help nobody.
func (o *openInquiry) forlorn() bool { return o.workflow.Status.Final() }

// parent returns the id of the workflow, "" when there is none.
func parent(e *client.Execution) string { return cmp.Or(e.Parent, e.Origin().ParentID) }

// withWorkflows finds out to which workflows inquiries belong, in two requests for all.
// Without the right to list executions nothing is found out.
func withWorkflows(ctx context.Context, c *client.Client, inquiries []client.Inquiry) ([]openInquiry, error) {
	all := make([]openInquiry, len(inquiries))
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
		all[i].asked = asked[all[i].ID]
		if id := parent(&all[i].asked); id != "" {
			parents = append(parents, id)
		}
	}
	workflows, err := executionsByID(ctx, c, parents)
	for i := range all {
		all[i].workflow = workflows[parent(&all[i].asked)]
	}
	return all, err
}

// summary are the attributes of executions that lists are made of.
var summary = []string{"status", "action", "runner", "context", "parent", "start_timestamp", "end_timestamp", "elapsed_seconds"}

func executionsByID(ctx context.Context, c *client.Client, ids []string) (map[string]client.Execution, error) {
	found := map[string]client.Execution{}
	page, err := c.Executions(ctx, client.ExecutionQuery{IDs: ids, Include: summary})
	for _, e := range page.Executions {
		found[e.ID] = e
	}
	if errors.Is(err, client.ErrForbidden) {
		err = nil
	}
	return found, err
}

// listInquiries is st2inquiry_list.
func listInquiries(ctx context.Context, q *query, _ struct{}) error {
	list, total, err := q.c.Inquiries(ctx)
	if err != nil {
		return err
	}
	all, err := withWorkflows(ctx, q.c, list)
	if err != nil {
		return err
	}
	var lines []string
	forlorn := 0
	for i := range all {
		if all[i].forlorn() {
			forlorn++
			continue
		}
		lines = append(lines, all[i].line())
	}
	if len(lines) == 0 {
		lines = append(lines, "Nothing is asked at present.")
	} else {
		lines = append(lines, "", q.typed(q.cfg.names("inquiry_answer")[0]+" <id>")+" answers one.")
	}
	if forlorn > 0 {
		lines = append(lines, fmt.Sprintf("Left out: %d of workflows that have ended.", forlorn))
	}
	if total > len(list) {
		lines = append(lines, fmt.Sprintf("StackStorm has %d and shows the first %d.", total, len(list)))
	}
	return q.answer(ctx, lines...)
}

// line is an inquiry in one line.
func (o *openInquiry) line() string {
	parts := []string{o.ID}
	if ref := o.workflow.Action.Ref; ref != "" {
		parts = append(parts, ref)
	}
	if !o.asked.Start.IsZero() {
		parts = append(parts, "asked "+exectext.Ago(o.asked.Start))
	}
	if f, err := form.Parse(o.Schema); err == nil {
		var names []string
		for _, question := range f.Questions {
			names = append(names, question.Name)
		}
		parts = append(parts, "wants "+clip(strings.Join(names, ", "), 60))
	}
	if len(o.Users) > 0 {
		parts = append(parts, "from "+clip(strings.Join(o.Users, ", "), 60))
	}
	return strings.Join(parts, "  ")
}

// inquiryID returns the whole id of an inquiry.
func (q *query) inquiryID(ctx context.Context, typed string) (string, error) {
	id, err := whole("inquiry", typed, nil)
	if err == nil {
		return id, nil
	}
	list, _, listErr := q.c.Inquiries(ctx)
	if listErr != nil {
		return "", listErr
	}
	var known []string
	for _, i := range list {
		known = append(known, i.ID)
	}
	return whole("inquiry", typed, known)
}

// For how long an inquiry is asked for that StackStorm calls answered: it does so also
// before an inquiry can be answered.
const (
	openTries = 4
	openPause = 250 * time.Millisecond
)

// open returns an inquiry that can be answered.
func (q *query) open(ctx context.Context, typed string) (*openInquiry, error) {
	id, err := q.inquiryID(ctx, typed)
	if err != nil {
		return nil, err
	}
	inquiry, err := q.c.Inquiry(ctx, id)
	for try := 1; errors.Is(err, client.ErrInquiryClosed) && try < openTries; try++ {
		if e, notSeen := q.c.Execution(ctx, id, "status"); notSeen != nil || e.Status.Final() || !pause(ctx, openPause) {
			break
		}
		inquiry, err = q.c.Inquiry(ctx, id)
	}
	if err != nil {
		return nil, inquiryFault(id, err)
	}
	all, err := withWorkflows(ctx, q.c, []client.Inquiry{inquiry})
	return &all[0], err
}

// inquiryFault words the errors that only inquiries have.
func inquiryFault(id string, err error) error {
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

// showInquiry is st2inquiry_show.
func showInquiry(ctx context.Context, q *query, args idArgs) error {
	o, err := q.open(ctx, args.ID)
	if err != nil {
		return err
	}
	return q.answer(ctx, q.describe(o)...)
}

// describe returns an inquiry with what it wants to know and how to answer.
func (l *life) describe(o *openInquiry) []string {
	lines := []string{"Inquiry " + o.ID + l.ofWorkflow(o) + ":"}
	f, err := form.Parse(o.Schema)
	switch {
	case o.forlorn():
		return append(lines, fmt.Sprintf("Its workflow is %s: an answer would lead to nothing.", o.workflow.Status))
	case err != nil:
		return append(lines, l.unanswerable(o))
	}
	for i := range f.Questions {
		lines = append(lines, "  "+f.Questions[i].Line())
	}
	if who := append(append([]string{}, o.Users...), o.Roles...); len(who) > 0 {
		lines = append(lines, "For "+strings.Join(who, ", ")+".")
	}
	return append(lines, l.typed(l.cfg.names("inquiry_answer")[0]+" "+o.ID)+" answers it.")
}

func (l *life) ofWorkflow(o *openInquiry) string {
	if o.workflow.Action.Ref == "" {
		return ""
	}
	return " of " + o.workflow.Action.Ref + " (execution " + o.workflow.ID + ")"
}

// unanswerable says why there is no way to answer.
func (l *life) unanswerable(o *openInquiry) string {
	return "Its schema is broken, so that StackStorm refuses every answer. " +
		l.typed(l.cfg.names("inquiry_cancel")[0]+" "+o.ID) + " cancels its workflow."
}

// cancelInquiry is st2inquiry_cancel.
func cancelInquiry(ctx context.Context, q *query, args idArgs) error {
	o, err := q.open(ctx, args.ID)
	if err != nil {
		return err
	}
	id := parent(&o.asked)
	switch {
	case id == "" && o.asked.ID == "":
		return q.answer(ctx, "An inquiry itself cannot be cancelled, and StackStorm does not let you see which workflow it belongs to.")
	case id == "":
		return q.answer(ctx, "An inquiry itself cannot be cancelled, and this one belongs to no workflow: only an answer ends it.")
	case o.forlorn():
		return q.answer(ctx, fmt.Sprintf("Its workflow, execution %s, is %s already. StackStorm keeps the inquiry all the same.", id, o.workflow.Status))
	}
	text, err := q.cancel(ctx, id)
	if err != nil {
		return err
	}
	return q.answer(ctx, "An inquiry itself cannot be cancelled, but its workflow can. "+text)
}
