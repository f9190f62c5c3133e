package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-errbot/errbot/st2/client"
)

const (
	notifyTrigger = "core.st2.generic.notifytrigger"
	postResult    = "chatops.post_result"
	packAdvice    = "Install it: st2 pack install chatops, or st2ctl reload --register-all where its files are there."
)

func (e *examination) pack(ctx context.Context) Result {
	pack, err := e.client.Pack(ctx, "chatops")
	switch {
	case errors.Is(err, client.ErrForbidden):
		return forbidden("pack_view", "the chatops pack")
	case errors.Is(err, client.ErrNotFound):
		return fail(packAdvice, "StackStorm has no pack chatops: nothing announces results")
	case err != nil:
		return e.unexpected(err)
	}
	e.routes = map[string]string{}
	for _, ref := range []string{postMessage, postResult} {
		action, err := e.client.Action(ctx, ref)
		switch {
		case errors.Is(err, client.ErrForbidden):
			return forbidden("action_view", "the actions of the chatops pack")
		case errors.Is(err, client.ErrNotFound):
			return fail(packAdvice, "the pack chatops is there, but not its action %s", ref)
		case err != nil:
			return e.unexpected(err)
		}
		if route := defaultRoute(action); route != "" {
			e.routes[ref] = route
		}
	}
	return ok("version %s", pack.Version)
}

// defaultRoute returns where an action announces that is given no route.
func defaultRoute(a client.Action) string {
	var schema map[string]struct {
		Default any `json:"default"`
	}
	if json.Unmarshal(a.Parameters, &schema) != nil {
		return ""
	}
	route, _ := schema["route"].Default.(string)
	return route
}

func (e *examination) messageRoute(context.Context) Result {
	route := e.routes[postMessage]
	if route == "" {
		return skip("the default route of %s is not known", postMessage)
	}
	if route == e.Route {
		return ok("%s announces on %q where nobody says otherwise", postMessage, route)
	}
	r := ok("%s announces on %q where nobody says otherwise", postMessage, route)
	r.Advice = fmt.Sprintf("For this bot, workflows that post messages give route: %s, or that becomes the default in packs/chatops/actions/post_message.yaml.", e.Route)
	return r
}

// rule looks for the rule that announces the results of the bot's commands.
func (e *examination) rule(ctx context.Context) Result {
	rules, err := e.client.Rules(ctx, notifyTrigger)
	switch {
	case errors.Is(err, client.ErrForbidden):
		return forbidden("rule_list", "the rules")
	case err != nil:
		return e.unexpected(err)
	}
	var enabled, disabled []client.Rule
	for _, r := range rules {
		switch {
		case !answersTo(r, e.Route):
		case r.Enabled:
			enabled = append(enabled, r)
		default:
			disabled = append(disabled, r)
		}
	}
	switch {
	case len(enabled) == 0 && len(disabled) > 0:
		ref := disabled[0].Ref
		return fail("Enable it: st2 rule enable "+ref+".", "%s answers to the route %q, but is disabled", ref, e.Route)
	case len(enabled) == 0:
		return fail(fmt.Sprintf("Make one: st2bot rule --route %[1]s > notify_%[1]s.yaml, then st2 rule create notify_%[1]s.yaml.", e.Route),
			"no rule answers to the route %q: results are never announced", e.Route)
	}
	return e.judgeRules(enabled)
}

// answersTo reports whether a rule acts on notifications with a route.
func answersTo(r client.Rule, route string) bool {
	c, given := r.Criteria["trigger.route"]
	if !given {
		return true
	}
	var pattern string
	if json.Unmarshal(c.Pattern, &pattern) != nil {
		return false
	}
	switch c.Type {
	case "iequals", "ieq":
		return strings.EqualFold(pattern, route)
	default: // equals, eq; what else a rule may compare with is not for routes
		return pattern == route
	}
}

func (e *examination) judgeRules(enabled []client.Rule) Result {
	good := slices.DeleteFunc(slices.Clone(enabled), func(r client.Rule) bool { return e.ruleFault(r) != "" })
	switch {
	case len(good) == 0:
		return fail(fmt.Sprintf("Replace it by what st2bot rule --route %s prints: st2 rule update.", e.Route),
			"%s answers to the route, but %s", enabled[0].Ref, e.ruleFault(enabled[0]))
	case len(good) > 1:
		var refs []string
		for _, r := range good {
			refs = append(refs, r.Ref)
		}
		return warn("Disable all but one of them: st2 rule disable.", "every result is announced %d times, by %s", len(refs), strings.Join(refs, ", "))
	}
	return ok("%s is enabled and announces on %q", good[0].Ref, e.Route)
}

// ruleFault says why a rule does not bring results to the bot, "" when it does.
func (e *examination) ruleFault(r client.Rule) string {
	if r.Action.Ref != postResult {
		return fmt.Sprintf("runs %s, not %s", r.Action.Ref, postResult)
	}
	for _, name := range []string{"channel", "user", "execution_id"} {
		if len(r.Action.Parameters[name]) == 0 {
			return "its action is not given " + name
		}
	}
	if route := e.announces(r); route != "" && route != e.Route {
		return fmt.Sprintf("its results are announced on %q, and the bot listens to %q", route, e.Route)
	}
	return ""
}

// announces returns the route on which a rule's results come out, "" where that is not known.
func (e *examination) announces(r client.Rule) string {
	var route string
	if json.Unmarshal(r.Action.Parameters["route"], &route) != nil || route == "" {
		// An older post_result has no route of its own.
		if own := e.routes[postResult]; own != "" {
			return own
		}
		return e.routes[postMessage]
	}
	if strings.Join(strings.Fields(strings.Trim(route, "{}")), "") == "trigger.route" {
		return e.Route
	}
	return route
}
