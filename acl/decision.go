package acl

import "fmt"

// Decision says whether a command may run, and why. The zero Decision denies.
type Decision struct {
	Allowed bool
	// Rule is the pattern that decided, [DefaultRule] or [AdminRule], or empty
	// when no rule had to do with it.
	Rule string
	// Line is the pattern's line in the configuration, 0 when it has none.
	Line   int
	Reason Reason
}

// Explain returns the decision as one line for an operator: allowed or denied, by
// which rule, and why.
func (d Decision) Explain() string {
	verdict := "denied"
	if d.Allowed {
		verdict = "allowed"
	}
	return verdict + d.by() + ": " + d.Reason.String()
}

func (d Decision) by() string {
	switch {
	case d.Line > 0:
		return fmt.Sprintf(" by rule %q (line %d)", d.Rule, d.Line)
	case d.Rule == DefaultRule || d.Rule == AdminRule:
		return " by " + d.Rule
	case d.Rule != "":
		return fmt.Sprintf(" by rule %q", d.Rule)
	default:
		return ""
	}
}

// Reason is why a decision came out as it did.
type Reason uint8

// The reasons to deny, in the order of the checks, and the two to allow.
const (
	Undecided        Reason = iota // the zero Decision
	TextMissing                    // a rule asks for what was typed, and the query does not say
	ArgsNotAllowed                 // not in allowargs
	ArgsDenied                     // in denyargs
	UserNotAllowed                 // not in allowusers
	UserDenied                     // in denyusers
	NotInRoom                      // said in a room by somebody who is not in one
	RoomsOff                       // allowmuc is false
	RoomNotAllowed                 // not in allowrooms
	RoomDenied                     // in denyrooms
	PrivateOff                     // allowprivate is false
	NotAdmin                       // for administrators, and the user is not in bot_admins
	AdminInRoom                    // for administrators, in a room, and no rule of its own opens it
	Unrestricted                   // no rule had to do with it
	PassedEveryCheck               // what the rule asks for is given
)

// String returns the reason for operators.
func (r Reason) String() string {
	switch r {
	case TextMissing:
		return "the command's text is not known, and a rule asks for it"
	case ArgsNotAllowed:
		return "arguments not in allowargs"
	case ArgsDenied:
		return "arguments in denyargs"
	case UserNotAllowed:
		return "user not in allowusers"
	case UserDenied:
		return "user in denyusers"
	case NotInRoom:
		return "the sender is not an occupant of the room"
	case RoomsOff:
		return "allowmuc is false, and the command was given in a room"
	case RoomNotAllowed:
		return "room not in allowrooms"
	case RoomDenied:
		return "room in denyrooms"
	case PrivateOff:
		return "allowprivate is false, and the command was given in a direct message"
	case NotAdmin:
		return "user not in bot_admins"
	case AdminInRoom:
		return "an administrators' command in a room needs allowmuc: true in its own rule"
	case Unrestricted:
		return "no rule restricts the command"
	case PassedEveryCheck:
		return "passed every check"
	default:
		return "nothing was decided"
	}
}

// Reply returns the sentence that tells a chat user of the denial, as Errbot words
// it. It is empty when nothing is to be said: the command is allowed, or Errbot
// blocks it in silence.
func (r Reason) Reply() string {
	switch r {
	case ArgsNotAllowed, ArgsDenied:
		return "You're not allowed to access this command using the provided arguments"
	case UserNotAllowed, UserDenied:
		return "You're not allowed to access this command from this user"
	case RoomsOff:
		return "You're not allowed to access this command from a chatroom"
	case RoomNotAllowed, RoomDenied:
		return "You're not allowed to access this command from this room"
	case PrivateOff:
		return "You're not allowed to access this command via private message to me"
	case NotAdmin:
		return "This command requires bot-admin privileges"
	case AdminInRoom:
		return "This command may only be issued through a direct message"
	default:
		return ""
	}
}
