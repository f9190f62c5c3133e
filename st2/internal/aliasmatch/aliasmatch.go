// Package aliasmatch finds the aliases that a command probably matches, for messages to
// people: StackStorm says that a command is ambiguous, but not between what. What a
// command really runs is decided by StackStorm alone.
//
// StackStorm's formats are Python's regular expressions with parameters in them. They are
// translated to Go's, which need time in proportion to the text; the few that cannot be
// translated (look-around, back references) match nothing here.
package aliasmatch

import (
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/go-errbot/errbot/st2/client"
)

// Bounds of the work that a command causes.
const (
	maxPatterns = 4000 // of all aliases together
	maxPattern  = 1000 // bytes of one
	maxCommand  = 4096 // bytes; a longer command matches nothing
)

// Candidate is a way to write a command.
type Candidate struct {
	Alias   string // "pack.name"
	Display string // as help shows it, or its pattern where help does not
}

// Candidates returns what command matches, without the key=value pairs at its end, at most
// once for each display. As for StackStorm, formats with match_multiple count only where
// no other matches.
func Candidates(aliases []client.Alias, command string) []Candidate {
	if len(command) > maxCommand {
		return nil
	}
	tried := 0
	for _, multiple := range []bool{false, true} {
		var found []Candidate
		for _, a := range aliases {
			if !a.Enabled {
				continue
			}
			for _, f := range a.Formats {
				if f.MatchMultiple == multiple && tried < maxPatterns {
					tried += len(f.Representation)
					found = appendMatching(found, a.Ref, f, command)
				}
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

// appendMatching adds a format whose representations one matches.
func appendMatching(found []Candidate, ref string, f client.Format, command string) []Candidate {
	for _, representation := range f.Representation {
		if !Matches(representation, command) {
			continue
		}
		c := Candidate{Alias: ref, Display: f.Display}
		if c.Display == "" {
			c.Display = representation
		}
		return append(found, c)
	}
	return found
}

// Matches reports whether a command without key=value pairs matches a representation. It is
// false for one that is broken or cannot be translated.
func Matches(representation, command string) bool {
	if len(representation) > maxPattern {
		return false
	}
	re, err := regexp.Compile(translate(representation))
	return err == nil && re.MatchString(" "+command+" ")
}

// parameter is a parameter of a format with the blanks before it. Its default may have
// braces in it, one deep.
var parameter = regexp.MustCompile(`(\s*)\{\{((?:[^{}]|\{[^{}]*\}|\{\{[^{}]*\}\})*)\}\}`)

// translate makes a Go expression of a format: with StackStorm's anchors, and with anything
// in the place of a parameter.
func translate(format string) string {
	expression := parameter.ReplaceAllStringFunc(format, func(text string) string {
		m := parameter.FindStringSubmatch(text)
		if strings.Contains(m[2], "=") {
			return "(?:" + m[1] + ".+?)?"
		}
		return m[1] + ".+?"
	})
	expression = strings.ReplaceAll(expression, `\Z`, `\z`)
	begins, ends := anchors(expression)
	if !begins {
		expression = `^\s*` + expression
	}
	if !ends {
		expression += `\s*$`
	}
	return "(?s)" + expression
}

// anchors reports whether an expression has an anchor at either end, wherever it stands.
func anchors(expression string) (begins, ends bool) {
	parsed, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return false, false
	}
	var look func(re *syntax.Regexp)
	look = func(re *syntax.Regexp) {
		begins = begins || re.Op == syntax.OpBeginText || re.Op == syntax.OpBeginLine
		ends = ends || re.Op == syntax.OpEndText || re.Op == syntax.OpEndLine
		for _, sub := range re.Sub {
			look(sub)
		}
	}
	look(parsed)
	return begins, ends
}
