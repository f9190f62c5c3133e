package st2

import (
	"cmp"
	"context"
	"fmt"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/st2/internal/inquiry"
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

// listInquiries is st2inquiry_list.
func listInquiries(ctx context.Context, q *query, _ struct{}) error {
	all, total, err := inquiry.List(ctx, q.c)
	if err != nil {
		return err
	}
	var lines []string
	forlorn := 0
	for i := range all {
		if all[i].Forlorn() {
			forlorn++
			continue
		}
		lines = append(lines, all[i].Line())
	}
	if len(lines) == 0 {
		lines = append(lines, "Nothing is asked at present.")
	} else {
		lines = append(lines, "", q.inquiryTyped().Answer+" <id> answers one.")
	}
	if forlorn > 0 {
		lines = append(lines, fmt.Sprintf("Left out: %d of workflows that have ended.", forlorn))
	}
	if total > len(all) {
		lines = append(lines, fmt.Sprintf("StackStorm has %d and shows the first %d.", total, len(all)))
	}
	return q.answer(ctx, lines...)
}

// inquiryTyped returns how people type the commands that messages about inquiries name.
func (l *life) inquiryTyped() inquiry.Typed {
	return inquiry.Typed{
		Answer: l.typed(l.cfg.names("inquiry_answer")[0]),
		Cancel: l.typed(l.cfg.names("inquiry_cancel")[0]),
	}
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

// inquiry returns the one that is meant, when it can be answered.
func (q *query) inquiry(ctx context.Context, typed string) (*inquiry.Open, error) {
	id, err := q.inquiryID(ctx, typed)
	if err != nil {
		return nil, err
	}
	return inquiry.Find(ctx, q.c, id)
}

// showInquiry is st2inquiry_show.
func showInquiry(ctx context.Context, q *query, args idArgs) error {
	o, err := q.inquiry(ctx, args.ID)
	if err != nil {
		return err
	}
	return q.answer(ctx, o.Describe(q.inquiryTyped())...)
}

// cancelInquiry is st2inquiry_cancel.
func cancelInquiry(ctx context.Context, q *query, args idArgs) error {
	o, err := q.inquiry(ctx, args.ID)
	if err != nil {
		return err
	}
	id := o.WorkflowID()
	switch {
	case id == "" && o.Asked.ID == "":
		return q.answer(ctx, "An inquiry itself cannot be cancelled, and StackStorm does not let you see which workflow it belongs to.")
	case id == "":
		return q.answer(ctx, "An inquiry itself cannot be cancelled, and this one belongs to no workflow: only an answer ends it.")
	case o.Forlorn():
		return q.answer(ctx, fmt.Sprintf("Its workflow, execution %s, is %s already. StackStorm keeps the inquiry all the same.", id, o.Workflow.Status))
	}
	text, err := q.cancel(ctx, id)
	if err != nil {
		return err
	}
	return q.answer(ctx, "An inquiry itself cannot be cancelled, but its workflow can. "+text)
}
