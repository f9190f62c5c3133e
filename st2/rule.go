package st2

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// DefaultRoute is the notification route of a bot whose configuration has none.
const DefaultRoute = "errbot"

// notifyRule is a rule of StackStorm's, in the order in which people read it.
type notifyRule struct {
	Name        string `yaml:"name"`
	Pack        string `yaml:"pack"`
	Enabled     bool   `yaml:"enabled"`
	Description string `yaml:"description"`
	Trigger     struct {
		Type string `yaml:"type"`
	} `yaml:"trigger"`
	Criteria struct {
		Route struct {
			Pattern string `yaml:"pattern"`
			Type    string `yaml:"type"`
		} `yaml:"trigger.route"`
	} `yaml:"criteria"`
	Action struct {
		Ref        string         `yaml:"ref"`
		Parameters ruleParameters `yaml:"parameters"`
	} `yaml:"action"`
}

type ruleParameters struct {
	Channel     string `yaml:"channel"`
	User        string `yaml:"user"`
	ExecutionID string `yaml:"execution_id"`
	Context     string `yaml:"context"`
	Route       string `yaml:"route"`
}

const ruleHeader = `---
# Announces the results of commands that came in on the route %[2]q, on that same route.
# To install it, on the machine of StackStorm:
#   cp %[1]s /opt/stackstorm/packs/chatops/rules/
#   st2ctl reload --register-rules
# or from anywhere: st2 rule create %[1]s
`

// NotifyRule returns the file of the rule, in YAML, that StackStorm needs to announce the
// results of a bot's commands on its route: for packs/chatops/rules. The error says what is
// wrong with the route.
func NotifyRule(route string) (string, error) {
	if problem := routeProblem(route); problem != "" {
		return "", errors.New("the route " + problem)
	}
	r := notifyRule{Name: "notify-" + ruleName(route), Pack: "chatops", Enabled: true,
		Description: "Announces the results of executions for the bot on the route " + route + "."}
	r.Trigger.Type = "core.st2.generic.notifytrigger"
	r.Criteria.Route.Pattern, r.Criteria.Route.Type = route, "equals"
	r.Action.Ref = "chatops.post_result"
	r.Action.Parameters = ruleParameters{
		Channel:     "{{ trigger.data.source_channel }}",
		User:        "{{ trigger.data.user }}",
		ExecutionID: "{{ trigger.execution_id }}",
		Context:     "{{ trigger.data.source_context }}",
		Route:       "{{ trigger.route }}",
	}
	var text bytes.Buffer
	fmt.Fprintf(&text, ruleHeader, "notify_"+ruleName(route)+".yaml", route)
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	if err := errors.Join(encoder.Encode(r), encoder.Close()); err != nil {
		return "", err
	}
	return text.String(), nil
}

// ruleName makes a name of a route: StackStorm's references are words.
func ruleName(route string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '-'
	}, route)
}
