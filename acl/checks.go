package acl

// check runs the checks in Errbot's order, which decides on the reply: what does
// not depend on the place first, administrators' rights last.
func (p *Policy) check(q *Query, r *rule, parted bool) Decision {
	if why := r.checkArgs(q, parted); why.reason != Undecided {
		return r.deny(why)
	}
	if why := r.checkUser(q.User); why.reason != Undecided {
		return r.deny(why)
	}
	if why := r.checkPlace(q); why.reason != Undecided {
		return r.deny(why)
	}
	if q.AdminOnly {
		return p.checkAdmin(q, r)
	}
	return r.allow()
}

// denial is why a rule denies; the zero one is none.
type denial struct {
	reason    Reason
	inherited bool // the default says so, not the rule itself
}

func (r *rule) checkArgs(q *Query, parted bool) denial {
	switch allow, deny := &r.allowArgs, &r.denyArgs; {
	case q.ArgsUnknown && (!allow.set || len(allow.globs) > 0):
		return denial{}
	case allow.set && !allow.matches(q.Args, parted):
		return denial{ArgsNotAllowed, allow.inherited}
	case deny.set && deny.matches(q.Args, parted):
		return denial{ArgsDenied, deny.inherited}
	default:
		return denial{}
	}
}

func (r *rule) checkUser(user string) denial {
	switch {
	case r.allowUsers.set && !matchAny(r.allowUsers.globs, user):
		return denial{UserNotAllowed, r.allowUsers.inherited}
	case r.denyUsers.set && matchAny(r.denyUsers.globs, user):
		return denial{UserDenied, r.denyUsers.inherited}
	default:
		return denial{}
	}
}

func (r *rule) checkPlace(q *Query) denial {
	switch {
	case !q.Group && r.noPrivate.on:
		return denial{PrivateOff, r.noPrivate.inherited}
	case !q.Group:
		return denial{}
	case q.Room == "":
		return denial{reason: NotInRoom}
	case r.noRooms.on:
		return denial{RoomsOff, r.noRooms.inherited}
	case r.allowRooms.set && !matchAny(r.allowRooms.globs, q.Room):
		return denial{RoomNotAllowed, r.allowRooms.inherited}
	case r.denyRooms.set && matchAny(r.denyRooms.globs, q.Room):
		return denial{RoomDenied, r.denyRooms.inherited}
	default:
		return denial{}
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

func (r *rule) deny(why denial) Decision {
	switch {
	case why.reason == NotInRoom:
		return Decision{Reason: NotInRoom} // whatever the rules are
	case why.inherited:
		return Decision{Rule: DefaultRule, Reason: why.reason}
	default:
		return Decision{Rule: r.source, Line: r.line, Reason: why.reason}
	}
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
