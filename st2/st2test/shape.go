package st2test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// shape is the schema of a request body.
type shape struct {
	fields []field
	closed bool // no other keys
}

type field struct {
	name     string
	types    []string // JSON schema's; none allows everything
	required bool
	minimum  int64 // for integers; 0 is none
	enum     []string
}

// check reports the first violation in jsonschema's words.
func (s shape) check(body any) error {
	o, isObject := body.(*pyjson.Object)
	if !isObject {
		return badRequest("%s", typeFault(body, []string{"object"}))
	}
	for _, f := range s.fields {
		v, given := o.Lookup(f.name)
		if !given {
			if f.required {
				return badRequest("'%s' is a required property", f.name)
			}
			continue
		}
		if err := f.check(v); err != nil {
			return err
		}
	}
	if s.closed {
		return s.checkClosed(o)
	}
	return nil
}

func (f field) check(v any) error {
	if len(f.types) > 0 && !hasType(v, f.types) {
		return badRequest("%s", typeFault(v, f.types))
	}
	if n, isInt := v.(int64); isInt && f.minimum != 0 && n < f.minimum {
		return badRequest("%d is less than the minimum of %d", n, f.minimum)
	}
	if text, isText := v.(string); isText && f.enum != nil && !slices.Contains(f.enum, text) {
		return badRequest("%s is not one of ['%s']", pyjson.Repr(v), strings.Join(f.enum, "', '"))
	}
	return nil
}

func (s shape) checkClosed(o *pyjson.Object) error {
	var others []string
	for _, k := range o.Keys() {
		if !slices.ContainsFunc(s.fields, func(f field) bool { return f.name == k }) {
			others = append(others, k)
		}
	}
	if len(others) > 0 {
		return badRequest("%s", unexpected(others))
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

func text(name string) field { return field{name: name, types: []string{"string"}} }
func requiredText(name string) field {
	return field{name: name, types: []string{"string"}, required: true}
}
func textOrNull(name string) field   { return field{name: name, types: []string{"string", "null"}} }
func objectField(name string) field  { return field{name: name, types: []string{"object"}} }
func objectOrNull(name string) field { return field{name: name, types: []string{"object", "null"}} }
func anything(name string) field     { return field{name: name} }
