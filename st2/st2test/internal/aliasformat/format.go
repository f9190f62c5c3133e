// Package aliasformat is the language of StackStorm's action alias formats, as its
// parser reads it: text that is a regular expression, with {{ parameters }}, their
// defaults, and key=value pairs at a command's end.
//
// It knows nothing of aliases, only of one format and one command.
package aliasformat

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/dlclark/regexp2"

	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// ParseError says that a command does not match a format. Every other error of this
// package means that the format itself is broken, which StackStorm answers with 500.
type ParseError struct{ text string }

// Error implements error, in StackStorm's words.
func (e *ParseError) Error() string { return e.text }

// Format is one compiled format. It is safe for concurrent use.
type Format struct {
	source   string
	plain    bool            // no expression but the parameters
	free     *regexp2.Regexp // without a timeout
	timed    *regexp2.Regexp
	names    []string // of the groups, in order
	optional []parameter
}

type parameter struct{ name, value string }

var (
	optionalPattern = regexp.MustCompile(`(?s)(\s*)\{\{\s*(\S+?)\s*=\s*(?:""|''|"(.+?)"|'(.+?)'|(\{.+?\})|(.+?))\s*\}\}`)
	requiredPattern = regexp.MustCompile(`(?s)(\s*)\{\{\s*(\S+?)\s*\}\}`)
)

// Compile reads a format. The error is Python's, as far as StackStorm meets it: a
// broken expression, a name that is no identifier, a name used twice, or flags that
// are not at the start.
func Compile(source string) (*Format, error) {
	f := &Format{source: source}
	expression := optionalPattern.ReplaceAllStringFunc(source, func(text string) string {
		m := optionalPattern.FindStringSubmatch(text)
		f.optional = append(f.optional, parameter{name: m[2], value: m[3] + m[4] + m[5] + m[6]})
		return "(?:" + group(m[1], m[2]) + ")?"
	})
	expression = requiredPattern.ReplaceAllStringFunc(expression, func(text string) string {
		m := requiredPattern.FindStringSubmatch(text)
		return group(m[1], m[2])
	})
	literal := requiredPattern.ReplaceAllString(optionalPattern.ReplaceAllString(source, ""), "")
	f.plain = !strings.ContainsAny(literal, `\*+?{[(|`)
	begins, ends := anchors(expression)
	if !begins {
		expression = `^\s*` + expression
	}
	if !ends {
		expression += `\s*$`
	}
	translated, names, err := translate(expression)
	if err != nil {
		return nil, fmt.Errorf("compiling alias format %q: %w", source, err)
	}
	f.names = names
	for _, pattern := range []**regexp2.Regexp{&f.free, &f.timed} {
		if *pattern, err = regexp2.Compile(translated, regexp2.Singleline); err != nil {
			return nil, fmt.Errorf("compiling alias format %q: %w", source, err)
		}
	}
	f.timed.MatchTimeout = MatchTimeout
	return f, nil
}

// pattern returns the expression to match a command with.
func (f *Format) pattern(c Command) *regexp2.Regexp {
	if f.quick(c) {
		return f.free
	}
	startClock()
	return f.timed
}

// group is the expression of one parameter: its leading white space literally, and a
// value that may stand in quotes or braces.
func group(space, name string) string {
	return space + `["']?(?P<` + name + `>(?:(?<=').+?(?=')|(?<=").+?(?=")|\{.+?\}|.+?))["']?`
}

// Extract returns the parameters that a command gives: strings, or nil for an
// alternative that was not taken.
func (f *Format) Extract(command Command) (*pyjson.Object, error) {
	m, err := f.pattern(command).FindStringMatch(command.stream)
	if err != nil {
		return nil, fmt.Errorf("matching alias format %q: %w", f.source, err)
	}
	if m == nil {
		return nil, &ParseError{`Command "` + command.text + `" doesn't match format string "` + f.source + `"`}
	}
	params := f.parameters(m, command.pairs)
	if f.source != "" && strings.TrimSpace(command.stream) == "" && !anyTruthy(params) {
		return nil, &ParseError{"No value supplied and no default value found."}
	}
	return params, nil
}

// ExtractAll returns the parameters of every place where the format matches, in order;
// none when it matches nowhere.
func (f *Format) ExtractAll(command Command) ([]*pyjson.Object, error) {
	var all []*pyjson.Object
	pattern := f.pattern(command)
	m, err := pattern.FindStringMatch(command.stream)
	for m != nil && err == nil {
		all = append(all, f.parameters(m, command.pairs))
		m, err = pattern.FindNextMatch(m)
	}
	if err != nil {
		return nil, fmt.Errorf("matching alias format %q: %w", f.source, err)
	}
	return all, nil
}

func (f *Format) parameters(m *regexp2.Match, given []parameter) *pyjson.Object {
	params := pyjson.Of()
	for _, name := range f.names {
		var value any
		if g := m.GroupByName(name); g != nil && len(g.Captures) > 0 {
			value = g.String()
		}
		params.Set(name, value)
	}
	for _, p := range f.optional {
		if !pyjson.Truthy(params.Get(p.name)) {
			params.Set(p.name, p.value)
		}
	}
	for _, p := range given {
		params.Set(p.name, p.value)
	}
	return params
}

func anyTruthy(o *pyjson.Object) bool {
	for _, k := range o.Keys() {
		if pyjson.Truthy(o.Get(k)) {
			return true
		}
	}
	return false
}
