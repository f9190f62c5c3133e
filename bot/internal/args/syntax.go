package args

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
)

// syntax is what a command accepts. It does not change once made.
type syntax struct {
	params      []*param // -h first, then in field order
	positionals []int    // into params
	options     map[string]int
	digitFlags  bool // "-5" may be a flag
	raw         bool // the last positional takes the rest of the line
}

// helpIndex is where -h stands in syntax.params. It has no field, and so no setter.
const helpIndex = 0

func helpParam() *param {
	return &param{
		flag: true, name: "help", short: "h", help: "show this help message and exit",
		kind: kindOf("bool", strconv.ParseBool),
	}
}

func newSyntax(t reflect.Type) (*syntax, error) {
	params, err := readTags(t)
	s := &syntax{params: append([]*param{helpParam()}, params...), options: map[string]int{}}
	errs := []error{err}
	names := map[string]bool{}
	for i, p := range s.params {
		if p.flag {
			errs = append(errs, s.addFlag(i))
			continue
		}
		if names[p.name] {
			errs = append(errs, fmt.Errorf("two positionals are called %s", p.name))
		}
		names[p.name] = true
		errs = append(errs, s.addPositional(i))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("arguments of %v: %w", t, err)
	}
	return s, nil
}

func (s *syntax) addFlag(i int) error {
	p := s.params[i]
	var errs []error
	for _, option := range p.options() {
		if _, taken := s.options[option]; taken {
			errs = append(errs, fmt.Errorf("the flag %s is taken", option))
		}
		s.options[option] = i
	}
	if p.short != "" && isDigit(p.short[0]) {
		s.digitFlags = true
	}
	return errors.Join(errs...)
}

func (s *syntax) addPositional(i int) error {
	p := s.params[i]
	s.raw = p.raw
	s.positionals = append(s.positionals, i)
	if len(s.positionals) == 1 {
		return nil
	}
	switch before := s.params[s.positionals[len(s.positionals)-2]]; {
	case before.many || before.raw:
		return fmt.Errorf("%s takes all that is left: nothing remains for %s", before.name, p.name)
	case p.required && !before.required:
		return fmt.Errorf("%s is required but follows %s, which is optional", p.name, before.name)
	}
	return nil
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
