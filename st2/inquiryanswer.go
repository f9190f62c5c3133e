package st2

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/form"
)

// answerArgs are the arguments of st2inquiry_answer.
type answerArgs struct {
	ID     string `arg:"id" help:"the inquiry's id, or the beginning or end of it"`
	Answer string `arg:"answer,raw" optional:"true" help:"name=value for each of what is asked, or a JSON object; I ask when it is left out"`
}

// answerInquiry is st2inquiry_answer.
func answerInquiry(ctx context.Context, q *query, args answerArgs) error {
	o, err := q.open(ctx, args.ID)
	if err != nil {
		return err
	}
	f, err := form.Parse(o.Schema)
	if err != nil {
		return q.answer(ctx, "Inquiry "+o.ID+" cannot be answered. "+q.unanswerable(o))
	}
	inRoom := q.r.Message.IsRoom() || q.r.Target().IsRoom()
	text := normalise(args.Answer)
	if text == "" {
		if inRoom && f.HasSecret() {
			return q.answer(ctx, q.onlyInPrivate(o))
		}
		return q.ask(ctx, o, f)
	}
	response, err := f.Read(text)
	if inRoom && (tellsSecret(f, response) || err != nil && f.HasSecret()) {
		return q.answer(ctx, q.onlyInPrivate(o)+" Nothing was sent.")
	}
	if err != nil {
		return q.answer(ctx, err.Error(), "Nothing was sent.")
	}
	said, err := q.respond(ctx, q.c, o, f, response)
	if err != nil {
		return err
	}
	return q.answer(ctx, said)
}

// onlyInPrivate refuses to take secrets where others read along.
func (l *life) onlyInPrivate(o *openInquiry) string {
	return "This inquiry asks for a secret, which everybody here would see. Please say " +
		l.typed(l.cfg.names("inquiry_answer")[0]+" "+o.ID) + " in a private conversation with me."
}

func tellsSecret(f *form.Form, response map[string]json.RawMessage) bool {
	return slices.ContainsFunc(f.Questions, func(x form.Question) bool { return x.Secret && response[x.Name] != nil })
}

// respond sends a response that fits, and returns what is to be said about it.
func (l *life) respond(ctx context.Context, c *client.Client, o *openInquiry, f *form.Form, response map[string]json.RawMessage) (string, error) {
	err := c.Respond(ctx, o.ID, response)
	var api *client.APIError
	switch {
	case errors.Is(err, client.ErrResponseInvalid) && f.HasSecret():
		// StackStorm's words repeat what was answered.
		return "", bot.Errorf("StackStorm does not take the answer: it does not fit the inquiry. The inquiry is still open.")
	case errors.Is(err, client.ErrResponseInvalid) && errors.As(err, &api):
		_, why, _ := strings.Cut(api.FirstLine(), "did not pass schema validation. ")
		return "", &bot.UserError{Text: "StackStorm does not take the answer: " + sentence(why) + " The inquiry is still open.", Err: err}
	case err != nil:
		return "", inquiryFault(o.ID, err)
	}
	l.log.Info("StackStorm inquiry answered", "inquiry", o.ID)
	switch {
	case o.forlorn():
		return fmt.Sprintf("Inquiry %s is answered. Nothing follows: its workflow is %s.", o.ID, o.workflow.Status), nil
	case o.workflow.Action.Ref != "":
		return "Inquiry " + o.ID + " is answered, and " + o.workflow.Action.Ref + " goes on.", nil
	}
	return "Inquiry " + o.ID + " is answered.", nil
}
