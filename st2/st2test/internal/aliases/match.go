package aliases

import (
	"errors"
	"regexp"

	"github.com/go-errbot/errbot/st2/st2test/internal/aliasformat"
	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// Match is an alias with the format of it that a command matches.
type Match struct {
	Alias *Alias
	Pattern
}

// Match finds the one format of an enabled alias that a command matches: among the
// ordinary aliases first, then among those that match several times.
func (l *List) Match(text string) (Match, error) {
	command := aliasformat.ParseCommand(text)
	for _, multiple := range []bool{false, true} {
		found, err := l.matching(command, multiple)
		switch {
		case err != nil:
			return Match{}, err
		case len(found) == 1:
			return found[0], nil
		case len(found) > 1 && multiple:
			return Match{}, fault.BadRequest("Command '%s' matched more than 1 (multi) pattern", text)
		case len(found) > 1:
			return Match{}, fault.BadRequest("Command '%s' matched more than 1 pattern", text)
		}
	}
	return Match{}, fault.BadRequest("Command '%s' matched no patterns", text)
}

// matching fails as a whole when one format is broken.
func (l *List) matching(command aliasformat.Command, multiple bool) ([]Match, error) {
	var found []Match
	for _, x := range l.snapshot() {
		if !x.Enabled || x.multiple() != multiple {
			continue
		}
		for _, p := range x.Formats {
			if p.broken != nil {
				return nil, p.broken
			}
			_, err := p.compiled.Extract(command)
			var mismatch *aliasformat.ParseError
			switch {
			case err == nil:
				found = append(found, Match{Alias: x, Pattern: p})
			case !errors.As(err, &mismatch):
				return nil, err
			}
		}
	}
	return found, nil
}

// Help returns a line for every display that the filter finds, of enabled aliases of one
// pack, or of all when that is empty.
func (l *List) Help(filter *regexp.Regexp, pack string) (lines []*pyjson.Object) {
	for _, a := range l.Sorted() {
		if !a.Enabled || pack != "" && pack != a.Pack {
			continue
		}
		formats, _ := a.Document.Get("formats").([]any)
		for _, f := range formats {
			display, _ := f.(string)
			if o, isObject := f.(*pyjson.Object); isObject {
				display = o.Text("display")
			}
			if display == "" || !filter.MatchString(display) {
				continue
			}
			line := pyjson.Of("pack", a.Pack, "display", display)
			if description, given := a.Document.Lookup("description"); given {
				line.Set("description", description)
			}
			lines = append(lines, line)
		}
	}
	return lines
}
