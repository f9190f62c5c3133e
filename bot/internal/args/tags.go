package args

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// ownTags are the tags that make sense on exported fields only.
var ownTags = [...]string{
	"arg", "flag", "short", "help", "default", "optional", "choices", "metavar", "required",
}

// tagReader collects the arguments that the fields of a struct stand for, and every
// mistake in their tags.
type tagReader struct {
	params []*param
	errs   []error
}

// readTags returns the arguments of the struct type t in field order.
func readTags(t reflect.Type) ([]*param, error) {
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("%v is not a struct", t)
	}
	var r tagReader
	r.fields(t, nil)
	return r.params, errors.Join(r.errs...)
}

func (r *tagReader) fields(t reflect.Type, parent []int) {
	for i := range t.NumField() {
		f := t.Field(i)
		f.Index = append(slices.Clone(parent), i)
		switch _, _, _, value := kindFor(f.Type); {
		case f.Anonymous && f.Type.Kind() == reflect.Struct && !value:
			r.fields(f.Type, f.Index)
		case !f.IsExported():
			r.unexported(f)
		case f.Tag.Get("arg") != "-":
			r.field(f)
		}
	}
}

func (r *tagReader) unexported(f reflect.StructField) {
	for _, key := range ownTags {
		if _, ok := f.Tag.Lookup(key); ok {
			r.mistake(f, errors.New("has tags but is not exported"))
			return
		}
	}
}

func (r *tagReader) field(f reflect.StructField) {
	k, pointer, many, ok := kindFor(f.Type)
	if !ok {
		r.mistake(f, fmt.Errorf("the type %v cannot be read from a word", f.Type))
		return
	}
	p := &param{
		short:   f.Tag.Get("short"),
		metavar: f.Tag.Get("metavar"),
		help:    f.Tag.Get("help"),
		kind:    k, many: many, index: f.Index, pointer: pointer,
	}
	if choices, ok := f.Tag.Lookup("choices"); ok {
		p.choices = strings.Split(choices, ",")
	}
	if value, ok := f.Tag.Lookup("default"); ok {
		p.defaults = []string{value}
		if many {
			p.defaults = strings.Split(value, ",")
		}
	}
	if err := errors.Join(r.name(f, p), r.presence(f, p)); err != nil {
		r.mistake(f, err)
		return
	}
	if err := p.check(); err != nil {
		r.mistake(f, err)
	}
	r.params = append(r.params, p)
}

// name reads what the argument is called, and with it whether it is a flag.
func (r *tagReader) name(f reflect.StructField, p *param) error {
	arg, isArg := f.Tag.Lookup("arg")
	p.name, p.flag = f.Tag.Lookup("flag")
	if isArg && p.flag {
		return errors.New("is both arg and flag")
	}
	if !p.flag {
		var option string
		var more bool
		p.name, option, more = strings.Cut(arg, ",")
		if more && option != "raw" {
			return fmt.Errorf("unknown option %q in the arg tag, only raw is known", option)
		}
		p.raw = more
	}
	if p.name == "" {
		p.name = kebab(f.Name)
	}
	return nil
}

// presence reads whether the argument may be missing.
func (r *tagReader) presence(f reflect.StructField, p *param) error {
	key, other := "optional", "required"
	if p.flag {
		key, other = other, key
	}
	if _, ok := f.Tag.Lookup(other); ok {
		return fmt.Errorf("positionals have optional, flags have required: remove %s", other)
	}
	value := false
	if text, ok := f.Tag.Lookup(key); ok {
		var err error
		if value, err = strconv.ParseBool(text); err != nil {
			return fmt.Errorf("%s is neither true nor false", key)
		}
	}
	p.required = value
	if !p.flag {
		p.required = !value && p.defaults == nil
	}
	return nil
}

func (r *tagReader) mistake(f reflect.StructField, err error) {
	r.errs = append(r.errs, fmt.Errorf("field %s: %w", f.Name, err))
}

// kebab turns the name of a field into the name of an argument: "RepeatCount" becomes
// "repeat-count", and "HTTPPort" "http-port".
func kebab(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, c := range runes {
		if i > 0 && unicode.IsUpper(c) {
			wordEnds := !unicode.IsUpper(runes[i-1])
			wordBegins := i+1 < len(runes) && unicode.IsLower(runes[i+1])
			if (wordEnds || wordBegins) && runes[i-1] != '_' {
				b.WriteByte('-')
			}
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}
