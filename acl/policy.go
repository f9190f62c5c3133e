package acl

import "slices"

// Policy is a compiled set of access rules. It does not change once made, apart
// from what it remembers to be fast, and is safe for concurrent use. Make one with
// [NewPolicy].
type Policy struct {
	admins   []Glob
	fallback rule // the defaults, for commands that no pattern matches
	rules    []rule
	typed    []typedRule // of all rules, in their order
	index    typedIndex  // the same, to be found by text
	seen     memory
}

// NewPolicy compiles the rules: admins is bot_admins (globs of users), def is
// access_controls_default, and of rules the first that matches a command decides.
func NewPolicy(admins []string, def Rule, rules []PatternRule) *Policy {
	p := &Policy{
		admins:   compileAll(admins),
		fallback: compileRule(PatternRule{}, def),
		rules:    make([]rule, len(rules)),
	}
	for i, r := range rules {
		p.rules[i] = compileRule(r, def)
		for _, g := range p.rules[i].pattern.typed {
			p.typed = append(p.typed, typedRule{typedGlob: g, order: i})
		}
	}
	p.index = newTypedIndex(p.typed)
	return p
}

// IsAdmin reports whether user is one of bot_admins.
func (p *Policy) IsAdmin(user string) bool { return matchAny(p.admins, user) }

// meeting is what a command meets, whatever is typed behind its name.
type meeting struct {
	plugin string // folded
	rule   *rule  // the first that matches by name, or the defaults
	order  int    // its place; len(rules) for the defaults
	typed  bool   // whether a rule before it may match what is typed
}

func (p *Policy) meet(plugin, command string) *meeting {
	if m := p.seen.get(plugin, command); m != nil {
		return m
	}
	m := p.newMeeting(newTarget(plugin, command))
	p.seen.put(plugin, command, m)
	return m
}

func (p *Policy) newMeeting(t target) *meeting {
	m := &meeting{plugin: t.plugin, rule: &p.fallback, order: len(p.rules)}
	for i := range p.rules {
		if p.rules[i].pattern.matchesName(&t) {
			m.rule, m.order = &p.rules[i], i
			break
		}
	}
	m.typed = slices.ContainsFunc(p.typed, func(r typedRule) bool {
		return r.order < m.order && r.plugin.Match(t.plugin)
	})
	return m
}
