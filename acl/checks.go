package acl

// check runs the checks in Errbot's order, which decides on the reply: what does
// not depend on the place first, administrators' rights last.
func (p *Policy) check(q *Query, r *rule, parted bool) Decision {
	if d := r.checkArgs(q, parted); d.Reason != Undecided {
		return d
	}
	if d := r.checkUser(q); d.Reason != Undecided {
		return d
	}
	if d := r.checkPlace(q); d.Reason != Undecided {
		return d
	}
	if q.AdminOnly {
		return p.checkAdmin(q, r)
	}
	return r.allow()
}

func (r *rule) checkArgs(q *Query, parted bool) Decision {
	switch allow, deny := &r.allowArgs, &r.denyArgs; {
	case q.ArgsUnknown && (!allow.set || len(allow.globs) > 0):
		return Decision{}
	case allow.set && !allow.matches(q.Args, parted):
		return r.deny(ArgsNotAllowed, allow.inherited)
	case deny.set && deny.matches(q.Args, parted):
		return r.deny(ArgsDenied, deny.inherited)
	default:
		return Decision{}
	}
}

func (r *rule) checkUser(q *Query) Decision {
	switch {
	case r.allowUsers.set && !matchUser(r.allowUsers.globs, q):
		return r.deny(UserNotAllowed, r.allowUsers.inherited)
	case r.denyUsers.set && matchUser(r.denyUsers.globs, q):
		return r.deny(UserDenied, r.denyUsers.inherited)
	default:
		return Decision{}
	}
}

// matchUser reports whether a glob matches the sender, or a group that the sender is in.
func matchUser(globs []Glob, q *Query) bool {
	if matchAny(globs, q.User) {
		return true
	}
	for _, group := range q.Groups {
		if matchAny(globs, group) {
			return true
		}
	}
	return false
}

func (r *rule) checkPlace(q *Query) Decision {
	switch {
	case !q.Group && r.noPrivate.on:
		return r.deny(PrivateOff, r.noPrivate.inherited)
	case !q.Group:
		return Decision{}
	case q.Room == "":
		return Decision{Reason: NotInRoom}
	case r.noRooms.on:
		return r.deny(RoomsOff, r.noRooms.inherited)
	case r.allowRooms.set && !matchAny(r.allowRooms.globs, q.Room):
		return r.deny(RoomNotAllowed, r.allowRooms.inherited)
	case r.denyRooms.set && matchAny(r.denyRooms.globs, q.Room):
		return r.deny(RoomDenied, r.denyRooms.inherited)
	default:
		return Decision{}
	}
}

func (p *Policy) checkAdmin(q *Query, r *rule) Decision {
	switch {
	case !p.IsAdmin(q.User):
		return Decision{Rule: AdminRule, Reason: NotAdmin}
	case q.Group && !r.adminInRooms:
		return Decision{Rule: AdminRule, Reason: AdminInRoom}
	case r.source == "":
		return Decision{Allowed: true, Rule: AdminRule, Reason: PassedEveryCheck}
	default:
		return r.allow()
	}
}

func (r *rule) allow() Decision {
	switch {
	case r.source != "":
		return Decision{Allowed: true, Rule: r.source, Line: r.line, Reason: PassedEveryCheck}
	case r.restricts:
		return Decision{Allowed: true, Rule: DefaultRule, Reason: PassedEveryCheck}
	default:
		return Decision{Allowed: true, Reason: Unrestricted}
	}
}

func (r *rule) deny(reason Reason, inherited bool) Decision {
	if inherited {
		return Decision{Rule: DefaultRule, Reason: reason}
	}
	return Decision{Rule: r.source, Line: r.line, Reason: reason}
}

// matches compares both the arguments as typed and their normal form. Either may
// be the one that the command goes by.
func (l *argList) matches(args string, parted bool) bool {
	if len(l.globs) == 0 {
		return false
	}
	if matchAny(l.globs, args) {
		return true
	}
	var buffer [bufferSize]byte
	return matchAny(l.normal, appendNormal(buffer[:0], args, reading{parted: parted}))
}
