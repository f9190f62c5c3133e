package acl

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
)

// CommandName is a registered command, as patterns see it.
type CommandName struct {
	Plugin, Command string // as registered: "St2", "status_plugins"
	// Regexp is set for a command that is a regular expression: what is typed
	// begins as the expression does, not with the command's name.
	Regexp *regexp.Regexp
}

// Warning is a rule that is likely not what the operator meant.
type Warning struct {
	Line    int // of the pattern in the configuration, 0 when it has none
	Pattern string
	Hint    string // what to write instead
}

// String returns the warning as one line.
func (w Warning) String() string {
	s := fmt.Sprintf("access rule %q matches no command: %s", w.Pattern, w.Hint)
	if w.Line > 0 {
		s = fmt.Sprintf("line %d: %s", w.Line, s)
	}
	return s
}

// Check returns a warning for each pattern that none of the commands can match. Such
// a rule restricts nothing, which its author may not know.
func (p *Policy) Check(commands []CommandName) []Warning {
	targets := make([]checkTarget, len(commands))
	for i, c := range commands {
		targets[i] = newCheckTarget(c)
	}
	var warnings []Warning
	for i := range p.rules {
		r := &p.rules[i]
		if slices.ContainsFunc(targets, r.pattern.mayMatch) {
			continue
		}
		w := Warning{Line: r.line, Pattern: r.source, Hint: checkNames}
		if len(warnings) < maxHints {
			w.Hint = hint(r.source, commands)
		}
		warnings = append(warnings, w)
	}
	return warnings
}

// maxHints is how many warnings say what may have been meant: finding that out takes time at
// start, and who has more of them mends these first.
const maxHints = 20

const checkNames = "check the names of the plugin and the command"

// checkTarget is a command and how what is typed for it begins.
type checkTarget struct {
	target
	anyText bool   // it is a regular expression
	start   string // what its texts begin with
}

func newCheckTarget(c CommandName) checkTarget {
	t := checkTarget{target: newTarget(c.Plugin, c.Command)}
	if c.Regexp != nil {
		t.anyText, t.start = true, normal(beginning(c.Regexp), reading{words: true})
	}
	return t
}

func (p *pattern) mayMatch(t checkTarget) bool {
	if p.matchesName(&t.target) {
		return true
	}
	return slices.ContainsFunc(p.typed, func(g typedGlob) bool {
		return g.plugin.Match(t.plugin) && (g.mayMatch(t.typed) || t.anyText && matchesStart(g.text, t.start))
	})
}

// beginning returns what every text begins with that r matches, as far as the
// expression says so in plain words.
func beginning(r *regexp.Regexp) string {
	parsed, err := syntax.Parse(r.String(), syntax.Perl)
	if err != nil || parsed.Op != syntax.OpConcat || parsed.Sub[0].Op != syntax.OpBeginText {
		return ""
	}
	if first := parsed.Sub[1]; first.Op == syntax.OpLiteral {
		return string(first.Rune)
	}
	return ""
}

// hint says what the author of a pattern that matches nothing may have meant.
func hint(source string, commands []CommandName) string {
	words := strings.Trim(normal(source, reading{words: true}), "*? ")
	var names []string
	for _, c := range commands {
		if words == folded(c.Plugin) {
			return fmt.Sprintf("for every command of the plugin write %q", c.Plugin+":*")
		}
		names = append(names, c.Command, c.Plugin+":"+c.Command)
	}
	if name := nearest(strings.ReplaceAll(words, " ", "_"), names); name != "" {
		return fmt.Sprintf("did you mean %q?", name)
	}
	return checkNames
}
