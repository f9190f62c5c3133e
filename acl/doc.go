// Package acl decides who may run which command where: Errbot's access rules,
// read from YAML ([ParseRules], [ParseRule], [ParseList]), compiled ([NewPolicy]),
// asked ([Policy.Decide]) and explained ([Decision.Explain]).
//
// # Which rule decides
//
// The patterns of access_controls are tried in the file's order, and the first
// that matches decides; keys it does not set come from access_controls_default.
// A command without a rule is open to everybody, except that a command for
// administrators always asks for one.
//
// A pattern without white space names commands, as in Errbot: it is compared with
// "Plugin:command" without regard to case, and "whoami" stands for "*:whoami".
// In Errbot a pattern with white space can never match. Here it is compared with
// the whole command as it was typed, so that "st2 apu status*" and
// "St2:st2 apu*" do what they say, and "plugin config" also names the command
// plugin_config, whatever its arguments. Typed text is read the way the commands
// behind it read it: runs of white space count as one space, underscores as
// spaces; case, curly quotes and long dashes make no difference; and characters
// that do not show can neither hide a word nor part it.
//
// A pattern is compared from the first character on. A regular expression that
// is not anchored with ^ can be met by text before the command: such a command is
// better ruled by its name, or by a pattern that begins with "*".
//
// # Where it differs from Errbot
//
// A key that is null is not set. A key or value that is not understood is an
// error. Only a rule's own allowmuc opens an administrators' command in rooms, not
// the default's. White space in arguments is read as in commands, so that a second
// space does not escape denyargs.
//
// The package does no I/O, knows nothing of chat networks and runs no command.
package acl
