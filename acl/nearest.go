package acl

import (
	"strings"

	"github.com/pmezard/go-difflib/difflib"
)

// similar is the ratio from which Errbot, too, calls two names alike.
const similar = 0.6

// nearest returns the one of names that is most like s, or "" when none is like it.
// Case makes no difference.
func nearest(s string, names []string) string {
	best, ratio := "", similar
	letters := strings.Split(folded(s), "")
	for _, name := range names {
		others := strings.Split(folded(name), "")
		if 2*float64(min(len(letters), len(others))) < ratio*float64(len(letters)+len(others)) {
			continue // too different in length to be alike
		}
		m := difflib.NewMatcher(letters, others)
		if r := m.Ratio(); r > ratio || r == ratio && best == "" {
			best, ratio = name, r
		}
	}
	return best
}
