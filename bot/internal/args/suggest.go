package args

import (
	"slices"
	"strings"

	"github.com/pmezard/go-difflib/difflib"
)

const (
	// minRatio is how alike two names are at least, from 0 to 1, for one to be suggested
	// for the other. It is the default of Python's difflib.
	minRatio = 0.6
	// maxFlag bounds the work for a suggestion; longer words are no misspelt flags.
	maxFlag = 100
)

// unrecognized complains of what nothing accepted. Where the first unknown flag looks
// like a known one, that one is suggested.
func (r *run) unrecognized() error {
	err := errorf("unrecognized arguments: %s", strings.Join(r.unknown, " "))
	i := slices.IndexFunc(r.unknown, func(s string) bool { return strings.HasPrefix(s, "-") })
	if i < 0 {
		return err
	}
	typed, _, _ := strings.Cut(r.unknown[i], "=")
	if near := r.nearest(typed); near != "" {
		err.Message += " (did you mean " + near + "?)"
	}
	return err
}

// nearest returns the long flag that is most like name, or "". A flag that name
// abbreviates is nearer than any other.
func (s *syntax) nearest(name string) string {
	if len(name) > maxFlag {
		return ""
	}
	best, most := "", 0.0
	matcher := difflib.NewMatcher(nil, strings.Split(name, ""))
	for _, option := range s.longOptions() {
		matcher.SetSeq1(strings.Split(option, ""))
		ratio := matcher.Ratio()
		if len(name) > len("--") && strings.HasPrefix(option, name) {
			ratio = 1
		}
		if ratio >= minRatio && ratio > most {
			best, most = option, ratio
		}
	}
	return best
}

func (s *syntax) longOptions() []string {
	var options []string
	for _, p := range s.params {
		if p.flag {
			options = append(options, "--"+p.name)
		}
	}
	return options
}
