package inquiry

import (
	"fmt"
	"strings"

	"github.com/go-errbot/errbot/st2/internal/exectext"
	"github.com/go-errbot/errbot/st2/internal/form"
	"github.com/go-errbot/errbot/st2/internal/wording"
)

// Line returns the inquiry in one line.
func (o *Open) Line() string {
	parts := []string{o.ID}
	if ref := o.Workflow.Action.Ref; ref != "" {
		parts = append(parts, ref)
	}
	if !o.Asked.Start.IsZero() {
		parts = append(parts, "asked "+exectext.Ago(o.Asked.Start))
	}
	if f, err := form.Parse(o.Schema); err == nil {
		var names []string
		for _, question := range f.Questions {
			names = append(names, question.Name)
		}
		parts = append(parts, "wants "+wording.Clip(strings.Join(names, ", "), 60))
	}
	if len(o.Users) > 0 {
		parts = append(parts, "from "+wording.Clip(strings.Join(o.Users, ", "), 60))
	}
	return strings.Join(parts, "  ")
}

// Describe returns the inquiry with what it wants to know and how to answer, in lines.
func (o *Open) Describe(typed Typed) []string {
	lines := []string{"Inquiry " + o.ID + o.ofWorkflow() + ":"}
	f, err := form.Parse(o.Schema)
	switch {
	case o.Forlorn():
		return append(lines, fmt.Sprintf("Its workflow is %s: an answer would lead to nothing.", o.Workflow.Status))
	case err != nil:
		return append(lines, o.Unanswerable(typed))
	}
	for i := range f.Questions {
		lines = append(lines, "  "+f.Questions[i].Line())
	}
	if who := append(append([]string{}, o.Users...), o.Roles...); len(who) > 0 {
		lines = append(lines, "For "+strings.Join(who, ", ")+".")
	}
	return append(lines, typed.Answer+" "+o.ID+" answers it.")
}

func (o *Open) ofWorkflow() string {
	if o.Workflow.Action.Ref == "" {
		return ""
	}
	return " of " + o.Workflow.Action.Ref + " (execution " + o.Workflow.ID + ")"
}

// Unanswerable says why there is no way to answer an inquiry whose schema is broken.
func (o *Open) Unanswerable(typed Typed) string {
	return "Its schema is broken, so that StackStorm refuses every answer. " + typed.Cancel + " " + o.ID + " cancels its workflow."
}
