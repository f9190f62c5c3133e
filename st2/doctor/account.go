package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-errbot/errbot/st2/client"
)

func (e *examination) credentials(ctx context.Context) Result {
	user, err := e.client.Validate(ctx)
	var api *client.APIError
	switch {
	case err == nil:
		return e.whose(user)
	case errors.Is(err, client.ErrCredentialRejected):
		kind, advice := e.credential()
		return fail(advice, "StackStorm rejects the bot's %s%s", kind, reason(err))
	case errors.Is(err, client.ErrUserGone):
		return fail("Create the user again, or change api_auth.", "the credential is good, but its user was removed from StackStorm")
	case errors.As(err, &api) && api.Status == http.StatusInternalServerError && !errors.Is(err, client.ErrUnavailable):
		return warn("Switch authentication on: [auth] enable in st2.conf.", "StackStorm does not say whom it takes the bot for: its authentication seems to be off")
	}
	return e.unexpected(err)
}

// reason is what StackStorm says about a credential it rejects, where that is more than no.
func reason(err error) string {
	var api *client.APIError
	if !errors.As(err, &api) {
		return ""
	}
	text := strings.TrimPrefix(api.FirstLine(), "Unauthorized - ")
	if text == "" || text == "Unauthorized" {
		return ""
	}
	return ": " + text
}

// credential names the kind of the bot's credential, and how its owner looks at it.
func (e *examination) credential() (kind, advice string) {
	switch c := e.Client.Credential.(type) {
	case client.APIKey:
		return "API key", "Correct api_auth.apikey: st2 apikey list shows the keys, st2 apikey create makes one."
	case client.Token:
		return "token", "Tokens end. Set api_auth.apikey in its place: st2 apikey create."
	case client.Password:
		return "password", "Correct api_auth.user: st2 auth " + c.User + " tries a password."
	default:
		return "credential", "Correct api_auth."
	}
}

func (e *examination) whose(u client.User) Result {
	who := fmt.Sprintf("the bot is %s, by its %s", u.Username, e.kind())
	switch {
	case u.RBAC && len(u.Roles) == 0:
		return warn("Give the user a role: st2 role-assignment list.", "%s; the user has no role, so that it may do nothing", who)
	case u.RBAC:
		who += "; roles: " + strings.Join(u.Roles, ", ")
	default:
		who += "; RBAC is off"
	}
	if _, given := e.Client.Credential.(client.Token); given {
		return warn("Set api_auth.apikey in its place: st2 apikey create.", "%s; the token ends at %s and cannot be renewed", who, minute(u.Expires))
	}
	if !u.Expires.IsZero() {
		who += "; its token ends at " + minute(u.Expires) + " and is renewed"
	}
	return ok("%s", who)
}

func (e *examination) kind() string {
	kind, _ := e.credential()
	return kind
}

func (e *examination) version(ctx context.Context) Result {
	version, err := e.client.Version(ctx)
	if err != nil {
		return e.unexpected(err)
	}
	if major, _, _ := strings.Cut(version, "."); major < "3" && len(major) == 1 {
		return warn("Update StackStorm.", "StackStorm %s is older than what the bot was tried with, 3.8 and later", version)
	}
	return ok("StackStorm %s", version)
}

func (e *examination) executions(ctx context.Context) Result {
	_, err := e.client.Executions(ctx, client.ExecutionQuery{Runner: "announcement", Limit: 1, Include: []string{"id"}})
	switch {
	case errors.Is(err, client.ErrForbidden):
		return warn("Give the bot's user the permission execution_list.",
			"the bot's user may not list executions: results that are announced while no stream stands are not found again")
	case err != nil:
		return e.unexpected(err)
	}
	return ok("the bot may list executions, and so finds results again that it missed")
}
