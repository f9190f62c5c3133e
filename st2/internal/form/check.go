package form

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Error says in a plain sentence what is wrong with an answer. It repeats no secret.
type Error struct{ text string }

// Error implements error.
func (e *Error) Error() string { return e.text }

func wrong(format string, args ...any) error { return &Error{fmt.Sprintf(format, args...)} }

// Check checks a whole response. The error is an [*Error] about its first mistake.
func (f *Form) Check(response map[string]json.RawMessage) error {
	for i := range f.Questions {
		q := &f.Questions[i]
		value, given := response[q.Name]
		switch {
		case !given && q.Required && q.Default == nil:
			return wrong("%s is missing; it has to be answered.", q.Name)
		case !given:
			continue
		}
		if err := q.check(value); err != nil {
			return err
		}
	}
	if !f.closed {
		return nil
	}
	for name := range response {
		if f.find(name) == nil {
			return f.unknown(name)
		}
	}
	return nil
}

func (f *Form) unknown(name string) error {
	return wrong("%q is not asked for; the names are: %s.", clip(name), f.names())
}

// check checks one answer. What need not be answered may be null.
func (q *Question) check(value json.RawMessage) error {
	value = bytes.TrimSpace(value)
	if string(value) == "null" && !q.Required && q.Default == nil {
		return nil
	}
	if !q.hasType(value) {
		return wrong("%s has to be %s%s.", q.Name, q.kind(), q.butWas(string(value)))
	}
	if len(q.Choices) > 0 && !slices.ContainsFunc(q.Choices, func(c json.RawMessage) bool { return same(c, value) }) {
		return q.notChosen(Show(value))
	}
	return q.checkLimits(value)
}

// same compares two JSON texts.
func same(a, b json.RawMessage) bool {
	var x, y bytes.Buffer
	return json.Compact(&x, a) == nil && json.Compact(&y, b) == nil && bytes.Equal(x.Bytes(), y.Bytes())
}

func (q *Question) notChosen(text string) error {
	return wrong("%s has to be one of: %s%s.", q.Name, q.choices(), strings.Replace(q.butWas(text), ", not", "; not", 1))
}

func (q *Question) hasType(value json.RawMessage) bool {
	return len(q.types) == 0 || slices.ContainsFunc(q.types, func(t string) bool { return isType(value, t) })
}

func isType(value json.RawMessage, kind string) bool {
	if len(value) == 0 {
		return false
	}
	switch first := value[0]; kind {
	case "null":
		return first == 'n'
	case "boolean":
		return first == 't' || first == 'f'
	case "string":
		return first == '"'
	case "object":
		return first == '{'
	case "array":
		return first == '['
	case "number":
		return first == '-' || first >= '0' && first <= '9'
	case "integer":
		return (first == '-' || first >= '0' && first <= '9') && !bytes.ContainsAny(value, ".eE")
	}
	return true // not a type that is known
}

func (q *Question) checkLimits(value json.RawMessage) error {
	var (
		number float64
		text   string
		list   []json.RawMessage
	)
	switch {
	case isType(value, "number") && json.Unmarshal(value, &number) == nil:
		if !q.inRange(number) {
			return wrong("%s has to be %s%s.", q.Name, q.kind(), q.butWas(string(value)))
		}
	case isType(value, "string") && json.Unmarshal(value, &text) == nil:
		n := utf8.RuneCountInString(text)
		if out(n, q.limits.MinLength, q.limits.MaxLength) {
			return wrong("%s has to have %s characters, not %d.", q.Name, between(q.limits.MinLength, q.limits.MaxLength), n)
		}
		if q.pattern != nil && !q.pattern.MatchString(text) {
			return wrong("%s has to be like %s%s.", q.Name, clip(q.pattern.String()), q.butWas(text))
		}
	case isType(value, "array") && json.Unmarshal(value, &list) == nil:
		if out(len(list), q.limits.MinItems, q.limits.MaxItems) {
			return wrong("%s has to have %s elements, not %d.", q.Name, between(q.limits.MinItems, q.limits.MaxItems), len(list))
		}
	}
	return nil
}

func (q *Question) inRange(n float64) bool {
	l := &q.limits
	switch {
	case l.Minimum != nil && (n < *l.Minimum || n == *l.Minimum && l.ExclusiveMinimum == true):
		return false
	case l.Maximum != nil && (n > *l.Maximum || n == *l.Maximum && l.ExclusiveMaximum == true):
		return false
	}
	return true
}

func out(n int, least, most *int) bool { return least != nil && n < *least || most != nil && n > *most }

func between(least, most *int) string {
	switch {
	case least != nil && most != nil:
		return fmt.Sprintf("%d to %d", *least, *most)
	case least != nil:
		return fmt.Sprintf("at least %d", *least)
	}
	return fmt.Sprintf("at most %d", *most)
}
