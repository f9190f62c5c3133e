// Package args parses the arguments of chat commands into structs, with the behaviour
// and the messages of Python's argparse. It knows words, flags and types; it knows
// nothing of chat. What a bot answers to a mistake is the caller's business.
//
// # Tags
//
// Every exported field of the struct is an argument. A field is positional unless it
// has a flag tag:
//
//	type args struct {
//		Host   string        `arg:"host" help:"where to deploy"`
//		Tags   []string      `arg:"tag" optional:"true"`
//		Count  int           `flag:"repeat-count" short:"r" default:"1" metavar:"N"`
//		Mode   string        `flag:"mode" choices:"fast,safe" default:"safe"`
//		Wait   time.Duration `flag:"wait" required:"true"`
//		DryRun bool          `flag:"dry-run" help:"only say what would happen"`
//	}
//
// The tags are:
//
//   - arg:"name" names a positional; they are filled in field order. Without the tag, or
//     with an empty one, the name is the field's in lower-kebab: DryRun is "dry-run".
//     arg:"-" leaves the field alone. arg:"text,raw" makes the last positional, a string,
//     take the rest of the line exactly as typed: quotes, dashes and spaces included.
//     It begins at the first word after the other positionals that is not one of the
//     command's flags, so flags come before it; "--" ends them early.
//   - flag:"name" makes the field the flag --name, with the same default name.
//     short:"r" adds -r.
//   - default:"1" is the value of an argument that is not given. For a slice, commas
//     separate values.
//   - optional:"true" says that a positional may be missing; a default says so too.
//     Only other optional ones may follow. Without a default the field is then zero.
//   - required:"true" says that a flag may not be missing.
//   - choices:"a,b,c" lists the words that are allowed.
//   - help:"..." explains the argument, and metavar:"N" stands for its value in usage
//     and help.
//
// Types are string, bool, all sizes of int, uint and float, time.Duration, named types
// made of these, slices of the unnamed ones and of time.Duration, and whatever
// implements [encoding.TextUnmarshaler], whose error the user then sees as it is. An
// embedded struct counts as its fields. A slice as the last positional takes all
// remaining words, one or more, or none when it is optional; a flag with a slice may be
// repeated. A flag of type bool takes no value, though --flag=false works.
//
// # The line
//
// Long dashes, curly quotes and no-break spaces, as phones and office programs make
// them, are understood as what was meant: an em dash is "--", and an en dash that begins
// a word is "--" before a longer word, "-" before a single letter or a number. Words are
// then split as a POSIX shell does, without any expansion. Flags may stand anywhere, as
// "--flag value", "--flag=value", "-f value" or "-fvalue", and flags of type bool may be
// joined: "-vq". "--" ends the flags. "-5" is a number unless some flag is a digit. Flags
// may not be abbreviated: the full name is suggested instead. Every command has -h and
// --help. A line may have up to 64 KiB.
//
// # Why a parser of its own
//
// Users of Errbot know argparse's texts, and compatibility demands them to the letter.
// spf13/pflag knows positionals only as what is left over, stops at the first unknown
// flag, and takes "-5" for one; bending it takes more code than the loop over words in
// this package. Splitting into words is left to kballard/go-shellquote, which agrees with
// Python's shlex.
//
// Reflection happens in [New] and where a struct is made for the pool, never while a
// line is parsed.
package args
