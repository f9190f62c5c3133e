package acl

import (
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// ParseRules reads access_controls: a mapping from patterns to rules, whose order
// counts. A missing or null node has no rules. The error joins every problem, each
// of the form "line L, column C: ...", and no rules come with it.
func ParseRules(node *yaml.Node) ([]PatternRule, error) {
	var p parser
	rules := p.rules(node)
	if err := p.err(); err != nil {
		return nil, err
	}
	return rules, nil
}

// ParseRule reads one rule, such as access_controls_default. A missing or null node
// sets nothing. Errors are as in [ParseRules].
func ParseRule(node *yaml.Node) (Rule, error) {
	var p parser
	rule := p.rule(node)
	if err := p.err(); err != nil {
		return Rule{}, err
	}
	return rule, nil
}

// ParseList reads a list of texts, such as bot_admins: one text stands for a list of
// one, lists in it are joined (as when it lists YAML anchors), numbers are taken as
// they are written. A missing or null node is nil, not set. Errors are as in
// [ParseRules].
func ParseList(node *yaml.Node) ([]string, error) {
	var p parser
	list := p.list(node)
	if err := p.err(); err != nil {
		return nil, err
	}
	return list, nil
}

func (p *parser) rules(node *yaml.Node) []PatternRule {
	var rules []PatternRule
	first := map[string]int{}
	for key, value := range p.pairs(node, "the access rules are", "from patterns to rules") {
		if !isText(key) || strings.TrimFunc(key.Value, isBlank) == "" {
			p.addf(key, "a pattern is a text that names commands, not %s", describe(key))
			continue
		}
		name := patternName(key.Value)
		if line := first[name]; line > 0 {
			p.addf(key, "pattern %q is already in line %d, and only the first decides", key.Value, line)
			continue
		}
		first[name] = key.Line
		if isNull(value) {
			p.addf(value, "the rule of %q is empty: write {} when it is to restrict nothing", key.Value)
			continue
		}
		rules = append(rules, PatternRule{Pattern: key.Value, Rule: p.rule(value), Line: key.Line})
	}
	return rules
}

// patternName is equal for patterns that match the same for sure.
func patternName(source string) string {
	source = qualified(strings.TrimFunc(source, isBlank))
	if hasBlank(source) {
		return normal(source, reading{words: true})
	}
	return folded(source)
}

var ruleKeys = []string{
	"allowusers", "denyusers", "allowrooms", "denyrooms",
	"allowargs", "denyargs", "allowmuc", "allowprivate",
}

func (p *parser) rule(node *yaml.Node) Rule {
	var r Rule
	first := map[string]int{}
	for key, value := range p.pairs(node, "a rule is", "of "+strings.Join(ruleKeys, ", ")) {
		if line := first[key.Value]; line > 0 {
			p.addf(key, "%q is already in line %d", key.Value, line)
			continue
		}
		first[key.Value] = key.Line
		p.checkComment(key, value)
		p.set(&r, key, value)
	}
	return r
}

func (p *parser) set(r *Rule, key, value *yaml.Node) {
	switch key.Value {
	case "allowusers":
		r.AllowUsers = p.list(value)
	case "denyusers":
		r.DenyUsers = p.list(value)
	case "allowrooms":
		r.AllowRooms = p.list(value)
	case "denyrooms":
		r.DenyRooms = p.list(value)
	case "allowargs":
		r.AllowArgs = p.list(value)
	case "denyargs":
		r.DenyArgs = p.list(value)
	case "allowmuc":
		r.AllowMUC = p.boolean(value)
	case "allowprivate":
		r.AllowPrivate = p.boolean(value)
	default:
		p.addf(key, "unknown key %q%s", key.Value, suggestion(key.Value))
	}
}

func suggestion(key string) string {
	if name := nearest(key, ruleKeys); name != "" {
		return fmt.Sprintf(": did you mean %q?", name)
	}
	return fmt.Sprintf(": the keys of a rule are %s", strings.Join(ruleKeys, ", "))
}
