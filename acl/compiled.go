package acl

// rule is a pattern's rule merged with the defaults, compiled.
type rule struct {
	source  string // the pattern as written; empty for the defaults alone
	line    int
	pattern pattern

	allowUsers, denyUsers list
	allowRooms, denyRooms list
	allowArgs, denyArgs   argList
	noRooms, noPrivate    toggle
	adminInRooms          bool
	restricts             bool // whether any key is set
}

// toggle is a switch that denies.
type toggle struct{ on, inherited bool }

func compileRule(r PatternRule, def Rule) rule {
	own := r.Rule
	return rule{
		source:       r.Pattern,
		line:         r.Line,
		pattern:      compilePattern(r.Pattern),
		allowUsers:   compileList(own.AllowUsers, def.AllowUsers),
		denyUsers:    compileList(own.DenyUsers, def.DenyUsers),
		allowRooms:   compileList(own.AllowRooms, def.AllowRooms),
		denyRooms:    compileList(own.DenyRooms, def.DenyRooms),
		allowArgs:    compileArgs(own.AllowArgs, def.AllowArgs),
		denyArgs:     compileArgs(own.DenyArgs, def.DenyArgs),
		noRooms:      compileToggle(own.AllowMUC, def.AllowMUC),
		noPrivate:    compileToggle(own.AllowPrivate, def.AllowPrivate),
		adminInRooms: own.AllowMUC != nil && *own.AllowMUC,
		restricts:    !own.isZero() || !def.isZero(),
	}
}

func (r Rule) isZero() bool {
	return r.AllowUsers == nil && r.DenyUsers == nil && r.AllowRooms == nil && r.DenyRooms == nil &&
		r.AllowArgs == nil && r.DenyArgs == nil && r.AllowMUC == nil && r.AllowPrivate == nil
}

func compileToggle(own, def *bool) toggle {
	if own != nil {
		return toggle{on: !*own}
	}
	return toggle{on: def != nil && !*def, inherited: true}
}

// list is an allow or deny list.
type list struct {
	set, inherited bool
	globs          []Glob
}

func compileList(own, def []string) list {
	if own != nil {
		return list{set: true, globs: compileAll(own)}
	}
	return list{set: def != nil, inherited: true, globs: compileAll(def)}
}

// argList is a list that is also compared in its normal form, with the arguments
// in theirs.
type argList struct {
	list
	normal []Glob
}

func compileArgs(own, def []string) argList {
	l := argList{list: compileList(own, def)}
	patterns := def
	if own != nil {
		patterns = own
	}
	for _, s := range patterns {
		l.normal = append(l.normal, Compile(normal(s, reading{})))
	}
	return l
}

func compileAll(patterns []string) []Glob {
	globs := make([]Glob, len(patterns))
	for i, s := range patterns {
		globs[i] = Compile(s)
	}
	return globs
}

func matchAny[T text](globs []Glob, s T) bool {
	for _, g := range globs {
		if match(g, s) {
			return true
		}
	}
	return false
}
