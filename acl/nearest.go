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
	for _, name := range names {
		m := difflib.NewMatcher(strings.Split(folded(s), ""), strings.Split(folded(name), ""))
		if r := m.Ratio(); r > ratio || r == ratio && best == "" {
			best, ratio = name, r
		}
	}
	return best
}
