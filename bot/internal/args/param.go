package args

import (
	"errors"
	"reflect"
	"slices"
	"strings"
)

// param is one argument of a command, as the tags of its field describe it.
type param struct {
	flag     bool
	name     string // without dashes
	short    string // one character, or ""
	metavar  string // "" when the tag did not say
	help     string
	choices  []string
	defaults []string // nil: the zero value
	required bool
	raw      bool

	kind    kind
	many    bool
	index   []int        // of the field in T
	pointer reflect.Type // what kind.bind takes
}

// isSwitch reports whether p is a flag without a value.
func (p *param) isSwitch() bool { return p.flag && !p.many && p.kind.name == "bool" }

// options returns what users type for a flag: "-r", "--repeat-count".
func (p *param) options() []string {
	if p.short == "" {
		return []string{"--" + p.name}
	}
	return []string{"-" + p.short, "--" + p.name}
}

// label is what messages call the argument.
func (p *param) label() string {
	switch {
	case p.flag:
		return strings.Join(p.options(), "/")
	case p.metavar != "":
		return p.metavar
	}
	return p.name
}

// bind returns the setter for p's field in the struct v.
func (p *param) bind(v reflect.Value) setter {
	return p.kind.bind(v.FieldByIndex(p.index).Addr().Convert(p.pointer).Interface())
}

// store hands a word to set, and words what is wrong with it as argparse does.
func (p *param) store(set setter, word string) error {
	if err := set(word); err != nil {
		if p.kind.name == "" {
			return errorf("argument %s: %v", p.label(), err)
		}
		return errorf("argument %s: invalid %s value: %s", p.label(), p.kind.name, repr(word))
	}
	if p.choices != nil && !slices.Contains(p.choices, word) {
		return errorf("argument %s: invalid choice: %s (choose from %s)",
			p.label(), p.show(word), p.showChoices())
	}
	return nil
}

// show quotes a value if Python would: numbers it would not.
func (p *param) show(word string) string {
	if p.kind.name == "str" || p.kind.name == "" {
		return repr(word)
	}
	return word
}

func (p *param) showChoices() string {
	shown := make([]string, len(p.choices))
	for i, c := range p.choices {
		shown[i] = p.show(c)
	}
	return strings.Join(shown, ", ")
}

// check returns what is wrong with p itself, apart from the other arguments.
func (p *param) check() error {
	var errs []error
	mistake := func(wrong bool, text string) {
		if wrong {
			errs = append(errs, errors.New(text))
		}
	}
	mistake(!validName(p.name), "the name "+repr(p.name)+" is not made of letters, digits, - and _")
	mistake(p.short != "" && !p.flag, "short is for flags")
	mistake(p.short != "" && (len(p.short) != 1 || !validName(p.short)), "short is not one letter or digit")
	mistake(p.raw && (p.flag || p.many || p.kind.name != "str"), "raw is for positional strings")
	mistake(p.raw && p.choices != nil, "raw text has no choices")
	mistake(p.flag && p.required && p.defaults != nil, "a required flag has no use for a default")

	trial := p.kind.bind(reflect.New(p.pointer.Elem()).Interface())
	for _, word := range slices.Concat(p.choices, p.defaults) {
		var wrong *Error
		if errors.As(p.store(trial, word), &wrong) {
			errs = append(errs, errors.New("default or choice: "+wrong.Message))
		}
	}
	return errors.Join(errs...)
}

// validName reports whether s can stand behind dashes and in usage lines.
func validName(s string) bool {
	ok := func(r rune) bool {
		return r == '_' || r == '-' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	}
	return s != "" && s[0] != '-' && !strings.ContainsFunc(s, func(r rune) bool { return !ok(r) })
}
