package jinja

import (
	"errors"
	"regexp"
	"strings"

	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

var (
	expression = regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	block      = regexp.MustCompile(`(?s)\{%.*?%\}`)
)

// Evaluate is what a workflow does to a text it hands on: it takes it for a template. A
// text with blocks is rendered as a whole, otherwise each expression for itself. So the
// output of a command may be evaluated, or lost.
func Evaluate(text string) (string, error) {
	if block.MatchString(text) {
		rendered, err := Strict(text, pyjson.Of())
		return rendered, evaluationError(text, err)
	}
	var failure error
	out := expression.ReplaceAllStringFunc(text, func(found string) string {
		rendered, err := Strict(found, pyjson.Of())
		if err != nil && failure == nil {
			failure = evaluationError(found, err)
		}
		return rendered
	})
	return out, failure
}

func evaluationError(text string, err error) error {
	var undefined *UndefinedError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &undefined):
		return errors.New("JinjaEvaluationException: There are unresolved variables: " + undefined.Name)
	default:
		return errors.New("JinjaEvaluationException: Unable to evaluate expression '{{ result().result.message }}'. " +
			"JinjaEvaluationException: Unable to evaluate expression '" + text + "'. TemplateSyntaxError: " + strings.TrimSpace(err.Error()))
	}
}

// Evaluable returns the error of the first text inside a value that cannot be evaluated.
func Evaluable(v any) error {
	switch v := v.(type) {
	case string:
		_, err := Evaluate(v)
		return err
	case []any:
		for _, item := range v {
			if err := Evaluable(item); err != nil {
				return err
			}
		}
	case *pyjson.Object:
		for _, k := range v.Keys() {
			if err := Evaluable(v.Get(k)); err != nil {
				return err
			}
		}
	}
	return nil
}
