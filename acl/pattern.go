package acl

import (
	"slices"
	"strings"
)

// pattern is a compiled key of access_controls. It has one of the two kinds of
// globs, or both when it may be read either way.
type pattern struct {
	// names are compared with "plugin:command".
	names []Glob
	// typed are compared with the plugin and with the command as typed, each on
	// its own: a wildcard for the plugin must not reach into what the user typed.
	typed []typedGlob
}

type typedGlob struct{ plugin, text Glob }

func compilePattern(source string) pattern {
	source = strings.TrimFunc(source, isBlank)
	if !hasBlank(source) {
		return pattern{names: []Glob{Compile(folded(qualified(source)))}}
	}
	var p pattern
	plugin, command, scoped := strings.Cut(source, ":")
	plugin, command = strings.TrimFunc(plugin, isBlank), strings.TrimFunc(command, isBlank)
	if !scoped || hasBlank(plugin) {
		// A colon behind white space may be the command's own: "st2 get http://*".
		p.typed = append(p.typed, compileTyped("*", source))
	}
	switch {
	case scoped && hasBlank(command):
		p.typed = append(p.typed, compileTyped(plugin, command))
	case scoped:
		p.names = append(p.names, Compile(folded(plugin+":"+command)))
	}
	return p
}

func compileTyped(plugin, text string) typedGlob {
	return typedGlob{plugin: Compile(folded(plugin)), text: Compile(normal(text, reading{words: true}))}
}

// qualified is Errbot's reading of a pattern that names no plugin.
func qualified(source string) string {
	if strings.Contains(source, ":") {
		return source
	}
	return "*:" + source
}

// target is a command, ready for comparison with patterns.
type target struct {
	plugin string // folded
	name   string // "plugin:command", folded
	typed  string // the command's name as a user types it
}

func newTarget(plugin, command string) target {
	return target{
		plugin: folded(plugin),
		name:   folded(plugin + ":" + command),
		typed:  normal(command, reading{words: true}),
	}
}

// matchesName reports whether the pattern matches the command whatever is typed
// behind its name.
func (p *pattern) matchesName(t *target) bool {
	return matchAny(p.names, t.name) || slices.ContainsFunc(p.typed, func(g typedGlob) bool {
		return g.plugin.Match(t.plugin) && g.text.Match(t.typed)
	})
}
