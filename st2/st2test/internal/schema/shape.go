// Package schema checks what StackStorm's JSON schemas check: request bodies, and the
// parameters of actions, in the words of the Python library that it uses.
package schema

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// Shape is the schema of a request body.
type Shape struct {
	Fields []Field
	Closed bool // no other keys
}

// Field is the schema of one key of a body.
type Field struct {
	Name     string
	Types    []string // JSON schema's; none allows everything
	Required bool
	Minimum  int64    // for integers; 0 is none
	Enum     []string // for texts; none allows every one
}

// Check reports the first violation in jsonschema's words.
func (s Shape) Check(body any) error {
	o, isObject := body.(*pyjson.Object)
	if !isObject {
		return fault.BadRequest("%s", typeFault(body, []string{"object"}))
	}
	for _, f := range s.Fields {
		v, given := o.Lookup(f.Name)
		if !given {
			if f.Required {
				return fault.BadRequest("'%s' is a required property", f.Name)
			}
			continue
		}
		if err := f.check(v); err != nil {
			return err
		}
	}
	if s.Closed {
		return s.checkClosed(o)
	}
	return nil
}

func (f Field) check(v any) error {
	if len(f.Types) > 0 && !hasType(v, f.Types) {
		return fault.BadRequest("%s", typeFault(v, f.Types))
	}
	if n, isInt := v.(int64); isInt && f.Minimum != 0 && n < f.Minimum {
		return fault.BadRequest("%d is less than the minimum of %d", n, f.Minimum)
	}
	if text, isText := v.(string); isText && f.Enum != nil && !slices.Contains(f.Enum, text) {
		return fault.BadRequest("%s is not one of ['%s']", pyjson.Repr(v), strings.Join(f.Enum, "', '"))
	}
	return nil
}

func (s Shape) checkClosed(o *pyjson.Object) error {
	var others []string
	for _, k := range o.Keys() {
		if !slices.ContainsFunc(s.Fields, func(f Field) bool { return f.Name == k }) {
			others = append(others, k)
		}
	}
	if len(others) > 0 {
		return fault.BadRequest("%s", unexpected(others))
	}
	return nil
}

// unexpected is jsonschema's complaint about properties that a schema does not have.
func unexpected(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = pyjson.Repr(n)
	}
	verb := "was"
	if len(names) > 1 {
		verb = "were"
	}
	return fmt.Sprintf("Additional properties are not allowed (%s %s unexpected)", strings.Join(quoted, ", "), verb)
}

func typeFault(v any, types []string) string {
	return fmt.Sprintf("%s is not of type '%s'", pyjson.Repr(v), strings.Join(types, "', '"))
}

func hasType(v any, types []string) bool {
	return slices.ContainsFunc(types, func(t string) bool { return isType(v, t) })
}

func isType(v any, schemaType string) bool {
	switch v := v.(type) {
	case nil:
		return schemaType == "null"
	case bool:
		return schemaType == "boolean"
	case string:
		return schemaType == "string"
	case int, int64, json.Number:
		return schemaType == "integer" || schemaType == "number"
	case float64:
		return schemaType == "number" || schemaType == "integer" && v == math.Trunc(v)
	case []any:
		return schemaType == "array"
	default:
		return schemaType == "object"
	}
}

// Text is a field that is a text if it is there.
func Text(name string) Field { return Field{Name: name, Types: []string{"string"}} }

// RequiredText is a field that must be there and a text.
func RequiredText(name string) Field {
	return Field{Name: name, Types: []string{"string"}, Required: true}
}

// TextOrNull is a field that is a text or null if it is there.
func TextOrNull(name string) Field { return Field{Name: name, Types: []string{"string", "null"}} }

// Object is a field that is an object if it is there.
func Object(name string) Field { return Field{Name: name, Types: []string{"object"}} }

// ObjectOrNull is a field that is an object or null if it is there.
func ObjectOrNull(name string) Field { return Field{Name: name, Types: []string{"object", "null"}} }
