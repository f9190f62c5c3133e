package acl

// Query is a command that somebody wants to run.
type Query struct {
	// Plugin and Command are the names as registered: "St2", "status_plugins".
	Plugin, Command string
	// Text is the whole command as the user typed it, without the bot's prefix:
	// "st2 apu status web", "status plugins". When a filter has put another
	// command in its place, it is that command's text. Patterns with white
	// space are compared with it; without it what they might match is denied.
	Text string
	// Args is what allowargs and denyargs are compared with: what follows the
	// name of a command, the whole text for a regular expression.
	Args string
	// User and Room are the access attributes of the sender and of the room.
	User, Room string
	// Groups are what allowusers and denyusers are compared with beside User: rules for
	// one of them hold for the sender. Administrators are named one by one.
	Groups []string
	// Group is whether the command was given in a room. The Room of a sender who
	// is not an occupant is empty, and the command then denied.
	Group bool
	// AdminOnly is whether the command is for administrators.
	AdminOnly bool
	// ArgsUnknown asks, for help, whether the user could run the command with
	// some arguments. Args does not count then, and Text is only how the command
	// begins ("st2 apu status"); when empty, it begins with its name. The answer
	// is yes when any of the rules that the command may meet allows it.
	ArgsUnknown bool
}

// bufferSize is for texts of a usual length, which are then rewritten without
// allocating memory.
const bufferSize = 256

// Decide says whether the command may run. It allocates no memory when the command
// is allowed and is of usual length and was met before.
func (p *Policy) Decide(q *Query) Decision {
	m := p.meet(q.Plugin, q.Command)
	if q.ArgsUnknown {
		return p.decideAny(q, m)
	}
	d := p.decide(q, m, false)
	if d.Allowed && (hasHidden(q.Text) || hasHidden(q.Args)) {
		return p.decide(q, m, true)
	}
	return d
}

// decide reads hidden characters as nothing, or as white space when parted is set.
func (p *Policy) decide(q *Query, m *meeting, parted bool) Decision {
	r := m.rule
	if m.typed {
		var buffer [bufferSize]byte
		text := appendNormal(buffer[:0], q.Text, reading{words: true, parted: parted})
		if len(text) == 0 {
			return Decision{Reason: TextMissing}
		}
		if i := p.index.first(m.plugin, text, m.order); i < m.order {
			r = &p.rules[i]
		}
	}
	return p.check(q, r, parted)
}

// decideAny answers for a command of which only the beginning is known.
func (p *Policy) decideAny(q *Query, m *meeting) Decision {
	start := q.Text
	if start == "" {
		start = q.Command
	}
	start = normal(start, reading{words: true})
	for i := range p.typed {
		r := &p.typed[i]
		if r.order >= m.order {
			break
		}
		if !r.plugin.Match(m.plugin) || !r.mayMatch(start) {
			continue
		}
		d := p.check(q, &p.rules[r.order], false)
		if d.Allowed || r.text.openEnded() && r.text.Match(start) {
			return d // allowed, or no later rule is ever met
		}
	}
	return p.check(q, m.rule, false)
}

// mayMatch reports whether a command that begins with these words may match.
func (g *typedGlob) mayMatch(start string) bool {
	return g.text.Match(start) || matchesStart(g.text, start+" ")
}
