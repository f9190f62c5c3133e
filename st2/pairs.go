package st2

import (
	"regexp"
	"strings"
)

// A key=value pair as StackStorm 3.10dev finds it at the end of a command. Python's white
// space is wider than Go's.
const (
	pairBlank = `[\s\x0b\x1c-\x1f\x85\pZ]`
	pairSolid = `[^\s\x0b\x1c-\x1f\x85\pZ]`
	pairValue = `""|''|".+?"|'.+?'|\{.+?\}|` + pairSolid + `+`
	pair      = `(?:^|` + pairBlank + `+)` + pairBlank + `*` + pairSolid + `+?` + pairBlank + `*=(?:` + pairValue + `)`
)

var trailingPairs = regexp.MustCompile(`(?s)^.*?((?:` + pair + `)*)\n?$`)

// withoutPairs returns what StackStorm compares with the formats of its aliases: the command
// without the key=value pairs at its end, whose text it takes away wherever it occurs.
// inside reports that it occurs elsewhere, too: then what is left may read quite
// differently from what was typed.
func withoutPairs(command string) (left string, inside bool) {
	if !strings.Contains(command, "=") {
		return command, false
	}
	m := trailingPairs.FindStringSubmatch(command)
	if m == nil || m[1] == "" {
		return command, false
	}
	return strings.TrimSpace(strings.ReplaceAll(command, m[1], "")), strings.Count(command, m[1]) > 1
}
