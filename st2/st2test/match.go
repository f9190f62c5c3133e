package st2test

import (
	"errors"

	"github.com/go-errbot/errbot/st2/st2test/internal/aliasformat"
	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
	"github.com/go-errbot/errbot/st2/st2test/internal/schema"
)

var matchShape = schema.Shape{Fields: []schema.Field{schema.RequiredText("command")}}

// match is an alias with the format of it that a command matches.
type match struct {
	alias *alias
	pattern
}

func (s *Server) matchAlias(r *request) (*reply, error) {
	if err := s.accounts.Check(r.who.User, "action_alias_match", ""); err != nil {
		return nil, err
	}
	if err := matchShape.Check(r.body); err != nil {
		return nil, err
	}
	m, err := s.aliases.match(r.object().Text("command"))
	if err != nil {
		return nil, err
	}
	return ok(pyjson.Of("actionalias", m.alias.document, "display", m.display, "representation", m.representation)), nil
}

// match finds the one format of an enabled alias that a command matches: among the
// ordinary aliases first, then among those that match several times.
func (a *aliases) match(text string) (match, error) {
	command := aliasformat.ParseCommand(text)
	for _, multiple := range []bool{false, true} {
		found, err := a.matching(command, multiple)
		switch {
		case err != nil:
			return match{}, err
		case len(found) == 1:
			return found[0], nil
		case len(found) > 1 && multiple:
			return match{}, fault.BadRequest("Command '%s' matched more than 1 (multi) pattern", text)
		case len(found) > 1:
			return match{}, fault.BadRequest("Command '%s' matched more than 1 pattern", text)
		}
	}
	return match{}, fault.BadRequest("Command '%s' matched no patterns", text)
}

// matching fails as a whole when one format is broken.
func (a *aliases) matching(command aliasformat.Command, multiple bool) ([]match, error) {
	var found []match
	for _, x := range a.snapshot() {
		if !x.enabled || x.multiple() != multiple {
			continue
		}
		for _, p := range x.formats {
			if p.broken != nil {
				return nil, p.broken
			}
			_, err := p.compiled.Extract(command)
			var mismatch *aliasformat.ParseError
			switch {
			case err == nil:
				found = append(found, match{alias: x, pattern: p})
			case !errors.As(err, &mismatch):
				return nil, err
			}
		}
	}
	return found, nil
}
