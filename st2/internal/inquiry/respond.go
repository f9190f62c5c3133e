package inquiry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/form"
	"github.com/go-errbot/errbot/st2/internal/wording"
)

// Response are the answers to all questions, by their names.
type Response = map[string]json.RawMessage

// Respond sends a response that fits, as c's user, and returns what is to be said about it. An
// error about the response is a [bot.UserError], which repeats no secret.
func (o *Open) Respond(ctx context.Context, c *client.Client, f *form.Form, response Response) (string, error) {
	err := c.Respond(ctx, o.ID, response)
	var api *client.APIError
	switch {
	case errors.Is(err, client.ErrResponseInvalid) && f.HasSecret():
		// StackStorm's words repeat what was answered.
		return "", bot.Errorf("StackStorm does not take the answer: it does not fit the inquiry. The inquiry is still open.")
	case errors.Is(err, client.ErrResponseInvalid) && errors.As(err, &api):
		_, why, _ := strings.Cut(api.FirstLine(), "did not pass schema validation. ")
		return "", &bot.UserError{Text: "StackStorm does not take the answer: " + wording.Sentence(why) + " The inquiry is still open.", Err: err}
	case err != nil:
		err = fault(o.ID, err)
		var said *bot.UserError
		if f.HasSecret() && errors.As(err, &api) && !errors.As(err, &said) {
			// Whatever refuses the answer may repeat it.
			err = fmt.Errorf("answer inquiry %s: %w", o.ID, &client.APIError{Status: api.Status, RequestID: api.RequestID})
		}
		return "", err
	case o.Forlorn():
		return fmt.Sprintf("Inquiry %s is answered. Nothing follows: its workflow is %s.", o.ID, o.Workflow.Status), nil
	case o.Workflow.Action.Ref != "":
		return "Inquiry " + o.ID + " is answered, and " + o.Workflow.Action.Ref + " goes on.", nil
	}
	return "Inquiry " + o.ID + " is answered.", nil
}
