package conf

import (
	"strings"

	"github.com/pmezard/go-difflib/difflib"
)

// leastRatio is how much alike two words must be, from 0 to 1, for one to be
// suggested for the other.
const leastRatio = 0.6

// Nearest returns the known word that is most like word, letter case aside, or ""
// when none is near. Of several equally near ones it returns the first.
func Nearest(word string, known []string) string {
	letters := split(word)
	nearest, best := "", leastRatio
	for _, candidate := range known {
		others := split(candidate)
		if 2*float64(min(len(letters), len(others))) < leastRatio*float64(len(letters)+len(others)) {
			continue // too different in length to be near; spares the comparison with a huge word
		}
		ratio := difflib.NewMatcher(letters, others).Ratio()
		if ratio > best || ratio == best && nearest == "" {
			nearest, best = candidate, ratio
		}
	}
	return nearest
}

func split(word string) []string { return strings.Split(strings.ToLower(word), "") }
