package acl

// Rule restricts commands. A nil list or pointer is not set: the key then comes
// from access_controls_default, or restricts nothing. An allow list that is set and
// empty denies everybody; a deny list that is set and empty denies nobody, also
// when the default does. List entries are globs (see [Glob]), compared with regard
// to case.
type Rule struct {
	// AllowUsers and DenyUsers are compared with the sender's access attribute.
	AllowUsers, DenyUsers []string
	// AllowRooms and DenyRooms are compared with the room's access attribute.
	// They never restrict direct messages.
	AllowRooms, DenyRooms []string
	// AllowArgs and DenyArgs are compared with the command's arguments, both as
	// they were typed and with white space, quotes and dashes made plain.
	AllowArgs, DenyArgs []string
	// AllowMUC is whether the command may be given in rooms. Commands for
	// administrators may be only when the rule that matches them sets it to true.
	AllowMUC *bool
	// AllowPrivate is whether the command may be given in a direct message.
	AllowPrivate *bool
}

// PatternRule is one entry of access_controls.
type PatternRule struct {
	Pattern string // which commands, see the package's documentation
	Rule    Rule
	Line    int // where the pattern is in the configuration, from 1; 0 when built in code
}

// The names under which a [Decision] speaks of what is not a pattern.
const (
	DefaultRule = "access_controls_default"
	AdminRule   = "bot_admins"
)
