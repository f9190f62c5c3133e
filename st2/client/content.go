package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
)

// maxRules bounds the list of rules.
const maxRules = 10_000

// Pack is an installed pack.
type Pack struct {
	Ref     string `json:"ref"`
	Version string `json:"version"`
}

// Pack returns an installed pack, or [ErrNotFound].
func (c *Client) Pack(ctx context.Context, ref string) (Pack, error) {
	return fetch[Pack](ctx, c, call{method: http.MethodGet, url: c.apiURL + "/packs/" + url.PathEscape(ref)})
}

// Action returns the action with a reference ("pack.name") or id, or [ErrNotFound].
func (c *Client) Action(ctx context.Context, ref string) (Action, error) {
	return fetch[Action](ctx, c, call{method: http.MethodGet, url: c.apiURL + "/actions/" + url.PathEscape(ref)})
}

// Rule lets an action follow on a trigger.
type Rule struct {
	Ref     string `json:"ref"` // "pack.name"
	Enabled bool   `json:"enabled"`
	Trigger struct {
		Type string `json:"type"` // "core.st2.generic.notifytrigger"
		Ref  string `json:"ref"`
	} `json:"trigger"`
	// Criteria must all hold, by what of the trigger they look at: "trigger.route".
	Criteria map[string]Criterion `json:"criteria"`
	Action   struct {
		Ref string `json:"ref"`
		// Parameters are templates, as texts, or other values.
		Parameters map[string]json.RawMessage `json:"parameters"`
	} `json:"action"`
}

// Criterion is a condition of a rule.
type Criterion struct {
	Type    string          `json:"type"` // "equals"
	Pattern json.RawMessage `json:"pattern"`
}

// Rules returns the rules on a trigger ("core.st2.generic.notifytrigger"), disabled ones
// too. StackStorm selects them; what an older one sends besides is left out here.
func (c *Client) Rules(ctx context.Context, trigger string) ([]Rule, error) {
	all, err := fetchAll[Rule](ctx, c, c.apiURL+"/rules", url.Values{"trigger": {trigger}}, maxRules)
	var on []Rule
	for _, r := range all {
		if r.Trigger.Type == trigger || r.Trigger.Ref == trigger {
			on = append(on, r)
		}
	}
	return on, err
}
