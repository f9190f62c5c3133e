package aliases

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pmezard/go-difflib/difflib"

	"github.com/go-errbot/errbot/st2/internal/wording"
)

// How what was typed is compared with the commands that there are.
const (
	mostCompared    = 2000 // commands
	longestCompared = 80   // characters
	similarEnough   = 0.6
)

// Nearest returns the displays that are most like command, best first. Only the words of a
// display are compared, not its parameters.
func Nearest(command string, displays []string) []string {
	type candidate struct {
		display string
		ratio   float64
	}
	var found []candidate
	typed := strings.Fields(wording.Clip(command, longestCompared))
	for _, display := range displays[:min(len(displays), mostCompared)] {
		words := fixedWords(display)
		if len(words) == 0 {
			continue
		}
		begin := strings.Join(typed[:min(len(typed), len(words))], " ")
		m := difflib.NewMatcher(strings.Split(strings.Join(words, " "), ""), strings.Split(begin, ""))
		if ratio := m.Ratio(); ratio >= similarEnough {
			found = append(found, candidate{display, ratio})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return cmp.Compare(b.ratio, a.ratio) })
	var near []string
	for _, c := range found {
		near = append(near, c.display)
	}
	return near
}

// fixedWords returns the words of a display up to its first parameter.
func fixedWords(display string) []string {
	end := strings.IndexAny(display, "<[{(")
	if end < 0 {
		end = len(display)
	}
	return strings.Fields(display[:end])
}
