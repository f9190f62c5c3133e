package aliasformat

import (
	"fmt"
	"strings"

	"github.com/dlclark/regexp2"
)

const (
	pairKey   = `\s*(\S+?)\s*`
	pairValue = `""|''|"(.+?)"|'(.+?)'|(\{.+?\})|(\S+)`
	pair      = `(?:^|\s+)` + pairKey + `=(` + pairValue + `)`
)

var (
	pairPattern = bounded(pair)
	tailPattern = bounded(`^(?:.*?)(?<tail>(?:` + pair + `)*)$`)
)

func bounded(expression string) *regexp2.Regexp {
	re := regexp2.MustCompile(expression, regexp2.Singleline)
	re.MatchTimeout = MatchTimeout
	return re
}

// Command is what a user typed, with the key=value pairs at its end taken off.
type Command struct {
	text   string
	stream string // without the pairs, between two spaces, as formats match it
	pairs  []parameter
}

// ParseCommand reads a command, once for all formats. It takes the text of the pairs away
// wherever it occurs, not only at the end: so does StackStorm. The only error is a
// command that takes longer than [MatchTimeout].
func ParseCommand(text string) (Command, error) {
	c := Command{text: text, stream: " " + text + " "}
	m, err := tailPattern.FindStringMatch(text)
	if err != nil {
		return c, fmt.Errorf("looking for parameters in a command: %w", err)
	}
	if m == nil || m.GroupByName("tail").Length == 0 {
		return c, nil
	}
	tail := m.GroupByName("tail").String()
	for m, err = pairPattern.FindStringMatch(tail); m != nil && err == nil; m, err = pairPattern.FindNextMatch(m) {
		p := parameter{name: m.GroupByNumber(1).String()}
		for i := 3; i <= 6; i++ {
			p.value += m.GroupByNumber(i).String()
		}
		c.pairs = append(c.pairs, p)
	}
	if err != nil {
		return c, fmt.Errorf("reading parameters of a command: %w", err)
	}
	c.stream = " " + strings.ReplaceAll(text, tail, "") + " "
	return c, nil
}
