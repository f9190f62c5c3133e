package doctor

import (
	"context"
	"errors"
	"net/http"

	"github.com/go-errbot/errbot/st2/client"
)

// unmatched is a command that no alias is for; matching it starts nothing.
const unmatched = "errbot-go-doctor: no alias is for this"

func (e *examination) aliases(ctx context.Context) Result {
	all, err := e.client.Aliases(ctx)
	switch {
	case errors.Is(err, client.ErrForbidden):
		return fail("Give the bot's user the permission action_alias_list.", "the bot's user may not list aliases: help stays empty")
	case err != nil:
		return e.unexpected(err)
	}
	enabled := 0
	for _, a := range all {
		if a.Enabled {
			enabled++
		}
	}
	if enabled == 0 {
		return warn("Write one, or register those of a pack: st2ctl reload --register-aliases.",
			"%d listed, none enabled: there is nothing to run", len(all))
	}
	if broken := e.brokenMatch(ctx); broken != nil {
		return *broken
	}
	return ok("%d listed, %d enabled", len(all), enabled)
}

// brokenMatch looks whether StackStorm can match commands at all; nil when it can.
func (e *examination) brokenMatch(ctx context.Context) *Result {
	_, err := e.client.Match(ctx, unmatched)
	var api *client.APIError
	if !errors.As(err, &api) || api.Status != http.StatusInternalServerError || errors.Is(err, client.ErrUnavailable) {
		return nil
	}
	broken := fail("Find it in st2api's log, by request "+api.RequestID+": the traceback names the pattern. Correct or disable that alias.",
		"one enabled alias has a broken pattern, and no command matches while it is there")
	return &broken
}
