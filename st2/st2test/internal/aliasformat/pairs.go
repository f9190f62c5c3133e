package aliasformat

import (
	"regexp"
	"strings"
)

// The white space of Python's expressions, which Go's \s only partly is.
const (
	space    = `[\s\v\x1c-\x1f\x{85}\p{Z}]`
	notSpace = `[^\s\v\x1c-\x1f\x{85}\p{Z}]`

	pairKey   = space + `*(` + notSpace + `+?)` + space + `*`
	pairValue = `""|''|"(.+?)"|'(.+?)'|(\{.+?\})|(` + notSpace + `+)`
	pair      = `(?:^|` + space + `+)` + pairKey + `=(?:` + pairValue + `)`
)

var (
	pairPattern = regexp.MustCompile(`(?s)` + pair)
	tailPattern = regexp.MustCompile(`(?s)^.*?((?:` + pair + `)*)\n?\z`)
)

// Command is what a user typed, with the key=value pairs at its end taken off.
type Command struct {
	text   string
	stream string // without the pairs, between two spaces, as formats match it
	pairs  []parameter
}

// ParseCommand reads a command, once for all formats. It takes the text of the pairs away
// wherever it occurs, not only at the end: so does StackStorm.
func ParseCommand(text string) Command {
	c := Command{text: text, stream: " " + text + " "}
	m := tailPattern.FindStringSubmatch(text)
	if m == nil || m[1] == "" {
		return c
	}
	tail := m[1]
	for _, m := range pairPattern.FindAllStringSubmatch(tail, -1) {
		c.pairs = append(c.pairs, parameter{name: m[1], value: m[2] + m[3] + m[4] + m[5]})
	}
	c.stream = " " + strings.ReplaceAll(text, tail, "") + " "
	return c
}
