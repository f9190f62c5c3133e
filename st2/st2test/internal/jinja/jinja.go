// Package jinja renders the templates of StackStorm's content (acknowledgements,
// results, parameters) with gonja, made to fail where Jinja2 fails and in its words.
//
// Known differences from Jinja2: null prints as nothing instead of None, objects are
// walked in the order of their keys, a list inside to_yaml_string is indented, and
// there is no range, include, import or extends.
package jinja

import (
	"errors"
	"fmt"
	"maps"
	"regexp"

	"github.com/nikolalohinski/gonja/v2/builtins"
	"github.com/nikolalohinski/gonja/v2/config"
	"github.com/nikolalohinski/gonja/v2/exec"
	"github.com/nikolalohinski/gonja/v2/loaders"

	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// UndefinedError says that a template used a name or an attribute that is not there.
// Jinja2 tells it apart from all other errors, and so does StackStorm.
type UndefinedError struct {
	Name string // the name or attribute
	text string
}

// Error implements error, in Jinja2's words.
func (e *UndefinedError) Error() string { return e.text }

// Strict renders a template in which every undefined name is an [*UndefinedError].
func Strict(source string, context *pyjson.Object) (string, error) {
	return render(source, context, true)
}

// Lenient renders a template in which an undefined name is empty text; an attribute of
// an undefined name is still an error.
func Lenient(source string, context *pyjson.Object) (string, error) {
	return render(source, context, false)
}

// Values renders every string inside a value strictly and keeps the rest.
func Values(v any, context *pyjson.Object) (any, error) {
	switch v := v.(type) {
	case string:
		return Strict(v, context)
	case []any:
		list := make([]any, len(v))
		for i := range v {
			item, err := Values(v[i], context)
			if err != nil {
				return nil, err
			}
			list[i] = item
		}
		return list, nil
	case *pyjson.Object:
		o := pyjson.Of()
		for _, k := range v.Keys() {
			item, err := Values(v.Get(k), context)
			if err != nil {
				return nil, err
			}
			o.Set(k, item)
		}
		return o, nil
	default:
		return v, nil
	}
}

// templateName is where the loader finds the one template of a rendering.
const templateName = "/template"

// render treats a panic as an error: some broken templates make gonja panic where
// Jinja2 reports a syntax error.
func render(source string, context *pyjson.Object, strict bool) (text string, err error) {
	defer func() {
		if p := recover(); p != nil {
			text, err = "", fmt.Errorf("rendering template: %v", p)
		}
	}()
	loader, err := loaders.NewMemoryLoader(map[string]string{templateName: source})
	if err != nil {
		return "", fmt.Errorf("loading template: %w", err)
	}
	settings := config.New()
	settings.StrictUndefined = strict
	settings.TrimBlocks = true
	settings.LeftStripBlocks = true
	template, err := exec.NewTemplate(templateName, settings, loader, environment())
	if err != nil {
		return "", fmt.Errorf("parsing template: %w", err)
	}
	values := map[string]any{}
	if m, ok := native(context).(dict); ok {
		maps.Copy(values, m)
	}
	text, err = template.ExecuteToString(exec.NewContext(values))
	if err != nil {
		return "", undefined(fmt.Errorf("rendering template: %w", err))
	}
	return text, nil
}

func environment() *exec.Environment {
	return &exec.Environment{
		Context:           exec.EmptyContext(),
		Filters:           filters(),
		Tests:             builtins.Tests,
		ControlStructures: builtins.ControlStructures,
		Methods:           builtins.Methods,
	}
}

var (
	unknownName      = regexp.MustCompile(`Unable to evaluate name "([^"]*)"`)
	unknownAttribute = regexp.MustCompile(`(?:attribute|item) '?([^' ]*)'? not found`)
)

// undefined finds out what gonja only tells in its text: whether an error is about
// something undefined.
func undefined(err error) error {
	if m := unknownName.FindStringSubmatch(err.Error()); m != nil {
		return &UndefinedError{Name: m[1], text: fmt.Sprintf("'%s' is undefined", m[1])}
	}
	if m := unknownAttribute.FindStringSubmatch(err.Error()); m != nil {
		return &UndefinedError{Name: m[1], text: fmt.Sprintf("'dict object' has no attribute '%s'", m[1])}
	}
	return err
}

// IsUndefined reports whether an error is an [*UndefinedError].
func IsUndefined(err error) bool {
	var u *UndefinedError
	return errors.As(err, &u)
}
